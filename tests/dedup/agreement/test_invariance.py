"""What a source's answers show to change nothing, and that one answer against it is enough not to."""

import pytest

from dedup.agreement import Facts, Usage, agreement, facts_of
from dedup.agreement.invariance import SUPPORT, exchanges, renames, reorders
from dedup.agreement.learning import choices, known_names
from schemas.document import Document

COLOURS = ("grey", "pink", "red", "white", "black", "blue")


def document(text: str, answer: str) -> Document:
    return Document(id="1", source="s", text=text, answer=answer)


def facts(text: str, answer: str, names: tuple[str, ...] = ()) -> Facts:
    return facts_of(document(text, answer), frozenset(names), dict.fromkeys(names, "varying"))


def boxes(one: str, other: str, number: int) -> str:
    return f"The {one} box is inside the {other} box. The {other} box holds {number} letters. What does the {one} hold?"


@pytest.mark.parametrize(("against", "harmless"), [(0, True), (1, False)])
def test_words_are_renamed_where_the_answers_stay(against: int, harmless: bool) -> None:
    pairs = [
        (
            facts(boxes("grey", "pink", number), str(number), COLOURS),
            facts(boxes("red", "blue", number), str(number + (number < against)), COLOURS),
        )
        for number in range(SUPPORT + against)
    ]
    assert renames(pairs) is harmless


@pytest.mark.parametrize(("against", "harmless"), [(0, True), (1, False)])
def test_clauses_are_reordered_where_the_answers_stay(against: int, harmless: bool) -> None:
    start = "Then walk to the mill {0}. Then walk to the inn {0}."
    turned = "Then walk to the inn {0}. Then walk to the mill {0}."
    pairs = [
        (facts(start.format(number), "17"), facts(turned.format(number), "18" if number < against else "17"))
        for number in range(SUPPORT + against)
    ]
    assert reorders(pairs) is harmless
    one, other = document(start.format(1), ""), document(turned.format(1), "")
    assert agreement(one, other, Usage(unordered=harmless)).same is harmless


def test_numbers_are_exchanged_where_the_answers_stay() -> None:
    pairs = []
    for a in range(3, 8):
        pairs.append((facts(f"The sum of {a} and 9?", str(a + 9)), facts(f"The sum of 9 and {a}?", str(a + 9))))
        pairs.append((facts(f"Take {a} from 9.", str(9 - a)), facts(f"Take 9 from {a}.", str(a - 9))))
    (wording,) = exchanges(pairs)
    assert "sum" in wording
    usage = Usage(lists=frozenset((wording,)))
    assert agreement(document("The sum of 4 and 9?", "13"), document("The sum of 9 and 4?", "13"), usage).same
    assert not agreement(document("The sum of 4 and 9?", ""), document("The sum of 9 and 4?", ""), usage).same


def test_a_word_that_has_many_others_in_its_place_varies_and_one_that_has_few_is_a_choice() -> None:
    text = " ".join(f"The {colour} box lies directly behind the chair." for colour in COLOURS)
    text += " The old box is hidden. The old box is somewhere hidden."
    varying, chosen = choices([facts(text, "")])
    assert {*COLOURS} <= varying
    assert "somewhere" in chosen
    assert "somewhere" not in varying


def test_what_other_texts_show_to_be_a_name_is_one_where_a_text_alone_does_not() -> None:
    read = [facts(f"Goran has 3 pears. Then Goran and Vilma eat {n}. Vilma is glad, Goran too.", "") for n in range(4)]
    names = known_names(read)
    assert {"goran", "vilma"} <= names.keys()
    alone = facts_of(document("Goran sleeps for 9 hours.", ""), names=names)
    assert alone.entities == {"goran": names["goran"]}


def test_a_phrase_that_is_learnt_holds_in_every_clause_of_that_build() -> None:
    usage = Usage(phrases=frozenset((("give product of", "multiply out"),)))
    one, other = document("Multiply out 3, 4 and 5.", "60"), document("Give the product of 3, 4 and 5.", "60")
    assert agreement(one, other, usage).same
    assert not agreement(one, document("Give the product of 3, 5 and 4.", "60"), usage).same
    assert not agreement(one, document("Give the sum of 3, 4 and 5.", "60"), usage).same
