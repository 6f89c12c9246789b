"""Whether two texts are one problem: pairs that look alike and are not, pairs that look unlike and are."""

import re

import pytest

from dedup.agreement import UNKNOWN, Usage, agreement
from schemas.document import Document

LOOSE = Usage(least=0.5)

NEIGHBOURS = """Each of Anna, Boris and Clara lives in one of three houses in a row.
- Anna lives directly to the left of Boris.
- Clara does not live next to Anna.
- Boris lives somewhere to the right of Clara.
Who lives in the first house?"""

KNIGHTS = """Each of Celia, Louis and Tilda is a knight or a knave.
Celia says: "Louis is a knight and Tilda is a knave."
Louis says: "Celia is a knave."
Tilda says: "Louis is a knave or I am a knight."
Who is what?"""

STAMPS = (
    "Carmen has 21 stamps. Hugo has 7 stamps. Hugo buys 23 more stamps. Carmen gives 2 stamps to Hugo. How many "
    "stamps does Hugo have now?"
)

AGES = "Ann is 40 years old. Ann is 3 years older than Bob. Carl is 5 years younger than Bob. How old is Carl?"


def problem(text: str, answer: str = "") -> Document:
    return Document(id="1", source="a file", text=text, answer=answer)


def renamed(text: str, **names: str) -> str:
    return re.sub(r"\b(" + "|".join(names) + r")\b", lambda found: names[found[0]], text)


def clauses_exchanged(text: str, one: str, other: str) -> str:
    return text.replace(one, "<>").replace(other, one).replace("<>", other)


SAME = {
    "other names": (KNIGHTS, renamed(KNIGHTS, Celia="Diego", Louis="Olga", Tilda="Vera")),
    "names exchanged": (STAMPS, renamed(STAMPS, Carmen="Hugo", Hugo="Carmen")),
    "bullets in another order": (
        NEIGHBOURS,
        clauses_exchanged(NEIGHBOURS, "Anna lives directly to the left of Boris.", "Clara does not live next to Anna."),
    ),
    "capitals and blanks": (STAMPS, STAMPS.replace(". ", ".  ").lower()),
    "told from the other end": (AGES, AGES.replace("Ann is 3 years older than Bob", "Bob is 3 years younger than Ann")),
    "names enumerated otherwise": (KNIGHTS, KNIGHTS.replace("Celia, Louis and Tilda", "Tilda, Celia and Louis")),
    "words that say nothing": (NEIGHBOURS, NEIGHBOURS.replace("one of three houses", "one of the three houses")),
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_problem_in_another_dress(case: str) -> None:
    one, other = map(problem, SAME[case])
    told = agreement(one, other)
    assert told.same, told.reason
    assert told == agreement(other, one)
    assert 0.0 < told.score <= 1.0


OTHER = {
    "a number": (
        "A photon of 1.022 MeV turns into a pair. What is the kinetic energy of each particle?",
        "A photon of 1.032 MeV turns into a pair. What is the kinetic energy of each particle?",
        "1.022",
    ),
    "one number of many": (STAMPS, STAMPS.replace("23", "24"), "number 23 against 24"),
    "a knight is a knave": (KNIGHTS, KNIGHTS.replace("Louis is a knight and", "Louis is a knave and"), "no clause"),
    "and is or": (KNIGHTS, KNIGHTS.replace("knight and Tilda", "knight or Tilda"), "no clause"),
    "left is right": (NEIGHBOURS, NEIGHBOURS.replace("left of Boris", "right of Boris"), "no renaming"),
    "directly is somewhere": (NEIGHBOURS, NEIGHBOURS.replace("directly", "somewhere"), "no clause"),
    "a not less": (NEIGHBOURS, NEIGHBOURS.replace("does not live", "lives"), "no clause"),
    "roles exchanged": (
        STAMPS,
        STAMPS.replace("Carmen gives 2 stamps to Hugo", "Hugo gives 2 stamps to Carmen"),
        "no ",
    ),
    "who is asked for": (STAMPS, STAMPS.replace("does Hugo have now", "does Carmen have now"), "no renaming"),
    "what is asked": (KNIGHTS, KNIGHTS.replace("Who is what?", "How many are knaves?"), "nothing says the same"),
    "a clause more": (NEIGHBOURS, NEIGHBOURS.replace("\nWho", "\n- Clara lives next to Boris.\nWho"), "clause"),
    "steps in another order": (
        "Start at the red door. Turn left at the fountain. Then walk past the old school. Where are you?",
        "Start at the red door. Then walk past the old school. Turn left at the fountain. Where are you?",
        "",
    ),
    "words in another order": ("Spell the letters of grape, then kiwi.", "Spell the letters of kiwi, then grape.", ""),
}


@pytest.mark.parametrize("case", OTHER)
def test_another_problem_that_looks_alike(case: str) -> None:
    text, changed, reason = OTHER[case]
    told = agreement(problem(text), problem(changed))
    assert not told.same
    assert told.score == 0.0
    assert reason in told.reason
    assert told == agreement(problem(changed), problem(text))


def test_steps_in_another_order_are_the_same_where_the_answers_show_it() -> None:
    text, changed, _ = OTHER["steps in another order"]
    assert agreement(problem(text, "at the mill"), problem(changed, "at the mill")).same
    assert not agreement(problem(text, "at the mill"), problem(changed, "at the inn")).same


@pytest.mark.parametrize("case", [case for case in OTHER if case not in ("steps in another order", "what is asked")])
def test_equal_answers_and_a_loose_threshold_excuse_no_number_role_or_relation(case: str) -> None:
    text, changed, _ = OTHER[case]
    choices = frozenset(("directly", "somewhere", "grape", "kiwi"))
    usage = Usage(least=0.0, choices=choices)
    assert not agreement(problem(text, "the same 17"), problem(changed, "the same 17"), usage).same


def test_other_words_say_the_same_only_where_equal_answers_bear_witness() -> None:
    reworded = STAMPS.replace("How many stamps does Hugo have now?", "Tell how many stamps Hugo now has?")
    assert agreement(problem(STAMPS, "32"), problem(reworded, "32"), LOOSE).same
    assert not agreement(problem(STAMPS), problem(reworded), LOOSE).same
    assert not agreement(problem(STAMPS, "32"), problem(reworded, "32"), UNKNOWN).same
    assert not agreement(problem(STAMPS, "32"), problem(reworded, "31"), LOOSE).same


@pytest.mark.parametrize("answer", ["yes", "B", "true", "no"])
def test_an_answer_that_anybody_would_give_is_no_witness(answer: str) -> None:
    one, other = "Is 91 a prime number?", "Would 91 be called prime?"
    assert not agreement(problem(one, answer), problem(other, answer), Usage(least=0.0)).same


def test_a_name_of_the_text_is_no_witness() -> None:
    reworded = STAMPS.replace("How many stamps does Hugo have now?", "Tell how many stamps Hugo now has?")
    assert not agreement(problem(STAMPS, "Hugo"), problem(reworded, "Hugo"), LOOSE).same


def test_answers_are_compared_under_the_renaming() -> None:
    other = renamed(KNIGHTS, Celia="Diego", Louis="Olga", Tilda="Vera")
    right = "Celia: knave, Louis: knight, Tilda: knight"
    assert agreement(problem(KNIGHTS, right), problem(other, "Vera: knight, Diego: knave, Olga: knight")).same
    told = agreement(problem(KNIGHTS, right), problem(other, "Vera: knave, Diego: knight, Olga: knight"))
    assert not told.same
    assert "answer" in told.reason


def test_what_the_source_tells_apart_is_apart_whatever_the_answers_say() -> None:
    one, other = "Ben finds 3 coins. Ben counts them.", "Ben hides 3 coins. Ben counts them."
    loose = Usage(least=0.0)
    assert agreement(problem(one, "17 in all"), problem(other, "17 in all"), loose).same
    for usage in (
        Usage(least=0.0, choices=frozenset(("find", "hide"))),
        Usage(least=0.0, varying=frozenset(("hide", "determine"))),
    ):
        assert not agreement(problem(one, "17 in all"), problem(other, "17 in all"), usage).same


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# @ # @",
        " ".join(f"A{n} is next to A{n + 1}." for n in range(800)),
        "Ann and Bob. " * 1_000,
        "9" * 19_000,
        "((((" * 4_000,
        "\n".join("- X sees Y." for _ in range(1_500)),
        ", ".join(["Ann", "Bob", "Carl"] * 1_000) + " met.",
        "Ann sees Bob. " * 20_000,
    ],
    ids=lambda text: text[:12],
)
def test_hostile_texts_are_read_and_never_the_same_as_more_of_them(text: str) -> None:
    assert agreement(problem(text), problem(text)).same
    assert not agreement(problem(text), problem(text + "\nWho is it?")).same


def test_links_that_look_alike_are_searched_within_the_bound() -> None:
    """A ring, the ring moved round, and two rings of half its size: nothing tells one link from another."""
    ring = "\n".join(f"- N{n} is next to N{(n + 1) % 40}." for n in range(40))
    halves = "\n".join(f"- N{n} is next to N{n // 20 * 20 + (n + 1) % 20}." for n in range(40))
    turned = "\n".join(f"- N{(n * 7 + 3) % 40} is next to N{(n * 7 + 10) % 40}." for n in range(40))
    assert not agreement(problem(ring), problem(halves)).same
    assert agreement(problem(ring), problem(turned)).same
