"""Each rule finds what it is for, the surest first, and leaves alone the problem that is nearest to an item's."""

from collections.abc import Sequence

import numpy as np
import pytest
from msgspec.structs import replace

from filters.contamination import RulesConfig, benchmark_of, hits, samples, usual_of
from filters.contamination.templates import SAMPLE, SOURCES
from flows.hits import document_of_task
from generators.family import make_task
from generators.registry import family_named
from schemas import Document, Hit, Task

ROLLS = "Mira bakes 12 trays of rolls with 8 rolls on each tray. At the market she sells 59 of them. How many has she?"
BOARD = (
    "Fill the grid so that every row and every column has each of the numbers from 1 to 3 once.\n\n1 . .\n. 2 .\n. . ."
)
BLOCKS = "Blocks stand in towers, one a line from bottom to top. Build what is wanted in few moves. Wanted:\nT S\nI"
SHORT = "What is 3 + 4?"
REVERSED = "Write the word 'Cat' backwards."

FOUND: list[tuple[str, str, str, str, str | None]] = [
    (ROLLS, "37", ROLLS.replace(". ", ".\n"), "37", "exact"),
    (ROLLS, "37", f"Think first. {ROLLS} Say why.", "", "exact"),
    (ROLLS, "37", f"Think first. {ROLLS} Say why.", "36", None),
    (ROLLS, "37", ROLLS.replace("Mira", "Vera"), "37", "near"),
    (ROLLS, "37", ROLLS.replace("59", "58"), "38", None),
    (ROLLS, "37", ROLLS.replace("59", "58"), "", None),
    (ROLLS, "37", "Of 12 trays that hold 8 rolls each, Mira sold 59 rolls. What is left?", "37", "semantic"),
    (ROLLS, "37", "Of 12 trays that hold 8 rolls each, Mira sold 59 rolls. What is left?", "", None),
    (ROLLS, "37", "Of 12 trays that hold 8 rolls each, Mira sold 60 rolls. What is left?", "36", None),
    (ROLLS, "37", "In 59 years 12 kings of 8 lands were crowned. What came of it?", "37", None),
    (BOARD, "", BOARD + "  \n", "", "exact"),
    (BOARD, "", BOARD.replace(". 2 .", "2 . ."), "", None),
    (BLOCKS, "", BLOCKS.replace("\nI", " I"), "", None),
    (SHORT, "7", "what is 3 + 4", "7", "near"),
    (SHORT, "7", "What is 3 - 4?", "-1", None),
    (SHORT, "7", "What is 3 + 5?", "8", None),
    (SHORT, "7", "What is 3 + 45?", "", None),
    (SHORT, "7", f"Answer in a word.\n\nQuestion: {SHORT}\nAnswer:", "", "near"),
    (SHORT, "7", f"Answer in a word.\n\nQuestion: {SHORT}\nAnswer:", "34", None),
    (SHORT, "7", f"Answer for {SHORT}\nWhat is 5 + 6?", "", None),
    ("3 + 4", "7", "Take the larger number:\n3 + 4", "", None),
    ("Who is the oldest?", "Ann", "Ann is older than Bob.\nWho is the oldest?", "", None),
    (ROLLS, "37", ROLLS.replace("trays", "tr\x00a\u200bys"), "", "exact"),
    (REVERSED, "taC", REVERSED, "taC", "exact"),
    (BOARD, "1", BOARD.replace("1 . .", "1 . 3"), "1", None),
]


class Directions:
    """Texts of one matter point in one direction: those that have a word of it."""

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        matters = ("rolls", "kings", "grid", "Blocks", "word", "3")
        told = np.array([[float(matter in text) for matter in matters] for text in texts]) + 0.01
        return told / np.linalg.norm(told, axis=1, keepdims=True)


def found(items: Sequence[Document], problems: Sequence[Document], rules: RulesConfig = RulesConfig()) -> list[Hit]:
    benchmark = benchmark_of("bench", items)
    usual = {"bench": usual_of(samples(problems), benchmark, rules.usual)}
    return hits(problems, [benchmark], usual, rules, Directions)


def problem(text: str, answer: str = "", name: str = "p") -> Document:
    return Document(id=name, source="file", text=text, answer=answer)


@pytest.mark.parametrize(("item", "gold", "text", "answer", "method"), FOUND)
def test_each_rule_finds_its_own_and_no_other(item: str, gold: str, text: str, answer: str, method: str | None) -> None:
    told = found([problem(item, gold, "i")], [problem(text, answer)])
    assert [hit.method for hit in told] == ([] if method is None else [method])
    for hit in told:
        assert (hit.id, hit.source, hit.benchmark, hit.item) == ("p", "file", "bench", "i")
        assert 0 < hit.score <= 1
        assert hit.reason
        assert item.startswith(hit.excerpt[:20])
        assert len(hit.excerpt) <= 240


def test_meanings_are_not_compared_where_that_is_not_wanted() -> None:
    text = "Of 12 trays that hold 8 rolls each, Mira sold 59 rolls. What is left?"
    assert found([problem(ROLLS, "37")], [problem(text, "37")], RulesConfig(semantic=False)) == []


def tasks(family: str, level: int, count: int, seed: int = 1) -> list[Task]:
    return [make_task(family_named(family), level=level, seed=seed, index=index) for index in range(count)]


@pytest.fixture(scope="module")
def drawn() -> dict[str, list[Document]]:
    """Problems of two families, each problem once."""
    made = {name: tasks(name, 2, 120) for name in ("logic.knights_knaves", "arithmetic.word_problems")}
    return {name: list({each.canonical: document_of_task(each) for each in own}.values()) for name, own in made.items()}


def test_of_tasks_with_keys_those_of_the_benchmark_are_found_and_no_other(drawn: dict[str, list[Document]]) -> None:
    every = [document for own in drawn.values() for document in own]
    items = [replace(document, id=f"item {document.id}") for document in every[::5]]
    told = found(items, every)
    assert {hit.id for hit in told} == {document.id for document in every[::5]}
    assert {hit.method for hit in told} == {"canonical"}
    assert all(hit.item == f"item {hit.id}" for hit in told)


def test_of_templated_texts_those_of_the_benchmark_are_found_and_no_other(drawn: dict[str, list[Document]]) -> None:
    every = [replace(document, canonical="") for own in drawn.values() for document in own]
    items = [replace(document, id=f"item {document.id}") for document in every[::5]]
    told = found(items, every)
    assert {hit.id for hit in told} >= {document.id for document in every[::5]}
    others = {hit.id for hit in told} - {document.id for document in every[::5]}
    assert others == set()


def test_a_problem_may_be_of_several_benchmarks() -> None:
    one, other = benchmark_of("one", [problem(SHORT)]), benchmark_of("other", [problem("No."), problem(SHORT)])
    told = hits([problem(SHORT)], [one, other], {}, RulesConfig(), Directions)
    assert [hit.benchmark for hit in told] == ["one", "other"]


def test_samples_are_bounded_and_do_not_depend_on_the_order() -> None:
    drawn = [Document(id=str(n), source=str(n % 3), text=f"text {n}") for n in range(3 * SAMPLE + 90)]
    sampled = samples(drawn)
    assert {source: len(texts) for source, texts in sampled.items()} == dict.fromkeys("012", SAMPLE)
    assert samples(reversed(drawn)) == {source: sampled[source] for source in sampled}
    many = samples(Document(id=str(n), source=str(n), text="") for n in range(SOURCES + 10))
    assert len(many) == SOURCES + 1
    assert len(many[""]) == 10


def test_nothing_to_compare_is_no_hit() -> None:
    assert found([], [problem(ROLLS)]) == []
    assert found([problem(ROLLS)], []) == []
    assert found([problem("")], [problem("")]) == []


def test_items_are_encoded_once_for_all_batches_of_problems() -> None:
    asked: list[str] = []

    class Counted(Directions):
        def vectors(self, texts: Sequence[str]) -> np.ndarray:
            asked.extend(texts)
            return super().vectors(texts)

    benchmark = benchmark_of("bench", [problem(f"Why {word}?", "x", word) for word in "abcdefgh"])
    for text in ("Whence do rolls come?", "Who has rolls?"):
        hits([problem(text, "rolls")], [benchmark], {}, RulesConfig(), Counted)
    assert {each.text for each in benchmark.items} < set(asked)
    assert len(asked) == len(set(asked))


def test_what_a_hit_shows_steers_no_terminal() -> None:
    told = found([problem(f"\x1b[2J\u202e{ROLLS}", "37\x1b[0m")], [problem(f"\x1b[2J\u202e{ROLLS}", "37\x1b[0m")])
    assert [hit.method for hit in told] == ["exact"]
    assert not {"\x1b", "\u202e"} & {*told[0].excerpt, *told[0].reason}
