"""Right answers as models write them are read by every family, and what only looks like one is not."""

import re
from collections.abc import Callable
from random import Random

import pytest

from generators import answers
from generators.family import make_task, prompt_text
from generators.registry import BUNDLED, family_named
from generators.verify import verify

Rewrite = Callable[[str], str]


def each_line(change: Callable[[int, str], str]) -> Rewrite:
    return lambda gold: "\n".join(change(number, line) for number, line in enumerate(gold.split("\n"), start=1))


def each_item(change: Callable[[int, str], str], joint: str) -> Rewrite:
    return lambda gold: joint.join(change(number, item) for number, item in enumerate(gold.split(", "), start=1))


ANYWHERE: dict[str, Rewrite] = {
    "bold": lambda gold: f"**{gold}**",
    "code": lambda gold: f"`{gold}`",
    "bold code": lambda gold: f"**`{gold}`**",
    "fenced": lambda gold: f"```text\n{gold}\n```",
    "text": lambda gold: f"\\text{{{gold}}}",
    "dollars": lambda gold: f"${gold}$",
    "full stop": lambda gold: f"{gold}.",
    "spaces that do not break": lambda gold: gold.replace(" ", "\u00a0"),
    "capitals": str.upper,
}
NOT_HERE = {
    ("algebra.polynomial_roots", "capitals"),
    ("instructions.quote", "capitals"),
    ("instructions.transform", "capitals"),
}

LISTED: dict[str, Rewrite] = {
    "numbered": each_line(lambda number, line: f"{number}. {line}"),
    "with brackets after numbers": each_line(lambda number, line: f"{number}) {line}"),
    "bulleted": each_line(lambda number, line: f"- {line}"),
    "sentences": each_line(lambda number, line: f"{line}."),
    "code lines": each_line(lambda number, line: f"`{line}`"),
}
GRIDS: dict[str, Rewrite] = {
    "a table": lambda gold: re.sub(
        r"\A(.*)", r"\1\n|---|---|", each_line(lambda number, line: f"| {line.replace(' ', ' | ')} |")(gold)
    ),
    "named rows": each_line(lambda number, line: f"Row {number}: {line}"),
}
MOVES: dict[str, Rewrite] = {
    "arrows": lambda gold: gold.replace(" ", " -> "),
    "hyphens": lambda gold: gold.replace(" ", "-"),
    "numbered": lambda gold: "\n".join(f"{number}. {move}" for number, move in enumerate(gold.split(), start=1)),
}
OWN: dict[str, dict[str, Rewrite]] = {
    "algebra.linear_systems": {
        "tuples": lambda gold: "({}) = ({})".format(
            *(", ".join(part.split(" = ")[side] for part in gold.split(", ")) for side in (0, 1))
        ),
        "the vector": lambda gold: f"v = ({', '.join(part.split(' = ')[1] for part in gold.split(', '))})",
        "an object": lambda gold: "{" + re.sub(r"(\w+) =", r'"\1":', gold) + "}",
        "wide spaces": lambda gold: gold.replace(", ", ", \\quad "),
        "a line each": lambda gold: gold.replace(", ", " \\\\ "),
        "each bold": each_item(lambda number, item: f"**{item}**", ", "),
    },
    "grids.sudoku": GRIDS,
    "grids.futoshiki": GRIDS,
    "graphs.shortest_path": {"arrows": lambda gold: "$" + gold.replace(" ", r" \to ") + "$"},
    "logic.knights_knaves": {
        "sentences": each_item(lambda number, item: f"{item.replace('=', 'is a')}.", "\n"),
        "bulleted": each_item(lambda number, item: f"- **{item.replace(' =', '**:')}", "\n"),
        "an object": lambda gold: "{" + re.sub(r"(\w+) = (\w+)", r'"\1": "\2"', gold) + "}",
        "arrows": lambda gold: gold.replace("=", "->"),
    },
    "logic.zebra": {
        "bulleted": each_line(lambda number, line: f"- {line}"),
        "bold houses": each_line(lambda number, line: f"**House {line.replace(':', ':**', 1)}"),
        "dashes": lambda gold: gold.replace(":", " -"),
    },
    "planning.blocks_world": LISTED
    | {
        "in words": lambda gold: re.sub(r"(?m)^(\w) to (\w)$", r"Move block \1 onto block \2", gold),
        "arrows": lambda gold: gold.replace(" to ", " -> "),
        "an array": lambda gold: str(gold.split("\n")),
    },
    "planning.river_crossing": LISTED
    | {
        "and": lambda gold: gold.replace(", ", " and "),
        "the": lambda gold: re.sub(r"\b([a-z]+)", r"the \1", gold).replace(", ", " and "),
        "plus": lambda gold: gold.replace(", ", " + "),
        "an array": lambda gold: str([line.split(", ") for line in gold.split("\n")]),
    },
    "planning.sliding_tiles": MOVES,
    "planning.sokoban": MOVES,
    "strings.word_sorting": {
        "numbered": each_item(lambda number, item: f"{number}. {item}", "\n"),
        "bulleted": each_item(lambda number, item: f"- {item}", "\n"),
        "and": lambda gold: ", and ".join(gold.rsplit(", ", 1)),
    },
}


@pytest.mark.parametrize("name", BUNDLED)
def test_notations_of_a_right_answer_are_read(name: str) -> None:
    family = family_named(name)
    for level in (1, len(family.levels) // 2):
        task = make_task(family, level=level, seed=5, index=0)
        for how, rewrite in (ANYWHERE | OWN.get(name, {})).items():
            if (name, how) not in NOT_HERE:
                told = verify(task, f"<answer>{rewrite(task.answer)}</answer>")
                assert told.score == 1.0, (how, told.extracted, told.detail)


@pytest.mark.parametrize(
    ("name", "rewrite"),
    [
        ("planning.blocks_world", each_line(lambda number, line: f"{number + 1}. {line}")),
        ("planning.river_crossing", each_line(lambda number, line: f"{2 * number}. {line}")),
        ("grids.sudoku", each_line(lambda number, line: f"Row {number + 1}: {line}")),
        ("logic.knights_knaves", lambda gold: gold.replace("=", "is not a")),
        ("logic.knights_knaves", lambda gold: gold.replace("=", "!=")),
        ("logic.knights_knaves", lambda gold: f"{gold}\n{gold}"),
        ("algebra.linear_systems", lambda gold: f"{gold}, z = 2**3"),
        ("arithmetic.chain", lambda gold: f"**{gold}** **{gold}**"),
        ("arithmetic.word_problems", lambda gold: f"**{gold}** or {gold}"),
        ("arithmetic.word_problems", lambda gold: f"{gold} pounds"),
        ("strings.word_sorting", lambda gold: f"{gold}, and"),
        ("planning.sliding_tiles", lambda gold: "U→" + gold),
    ],
)
def test_what_only_looks_like_a_notation_is_not_read(name: str, rewrite: Rewrite) -> None:
    task = make_task(family_named(name), level=4, seed=5, index=0)
    assert verify(task, f"<answer>{rewrite(task.answer)}</answer>").score == 0.0


@pytest.mark.parametrize("mark", ["**{}** {}", "{} {}", "{}\\text{{ {}}}", "{}\\ \\text{{{}}}", "{} {}."])
def test_a_unit_may_follow_the_answer_of_a_word_problem(mark: str) -> None:
    for index in range(10):
        task = make_task(family_named("arithmetic.word_problems"), level=5, seed=5, index=index)
        unit = re.search(r"its unit \((\w+)\)", task.prompt[0].content)
        assert unit is not None
        assert verify(task, f"<answer>{mark.format(task.answer, unit[1])}</answer>").score == 1.0


@pytest.mark.parametrize("form", ["{1}-{2}-{3}", "{3} {4} {1}", "{4} {3}, {1}", "{1}\u20112\u2011{3}"])
def test_dates_are_read_in_their_usual_forms(form: str) -> None:
    family = family_named("calendar.date_arithmetic")
    tasks = (make_task(family, level=3, seed=5, index=index) for index in range(200))
    for task in tasks:
        if re.fullmatch(r"\d{4}-02-\d\d", task.answer):
            year, _, day = task.answer.split("-")
            written = form.format("", year, 2, int(day), "February")
            assert verify(task, f"<answer>{written}</answer>").score == 1.0
            assert verify(task, f"<answer>{written.replace(year, str(int(year) + 1))}</answer>").score == 0.0


@pytest.mark.parametrize(
    "name",
    [
        "algebra.linear_systems",
        "algebra.polynomial_roots",
        "arithmetic.chain",
        "planning.sokoban",
    ],
)
def test_examples_in_answer_formats_tell_nothing_of_the_answer(name: str) -> None:
    """An example that steps aside for the answer gives it away: numbers in it are the same for every instance."""
    family = family_named(name)
    for level in (1, 4):
        told = {
            re.sub(r"[a-z]+ = \.\.\.", "", family.answer_format(family.make(family.levels[level - 1], rng)))
            for rng in map(Random, range(300))
        }
        assert len({re.sub(r"[^0-9UDLR]", "", text) for text in told}) == 1, told


def test_the_order_by_length_says_itself_where_a_longer_word_goes() -> None:
    family = family_named("strings.word_sorting")
    instance = family.instance(words=("miles", "cat", "mile"), rule="longest")
    assert "shorter one comes first" not in prompt_text(family, instance, "plain")
    assert family.gold(instance) == "miles, mile, cat"


def test_lists_are_opened_only_where_their_numbers_count_the_lines() -> None:
    assert answers.entries("1. A to B\n2) **B to C**.\n") == ["A to B", "B to C"]
    assert answers.entries("- up\n\n* down") == ["up", "down"]
    assert answers.entries("1. up\n3. down") == ["1. up", "3. down"]
    assert answers.entries("1. up\ndown") == ["1. up", "down"]
    assert answers.entries("a; b;") == ["a", "b"]
