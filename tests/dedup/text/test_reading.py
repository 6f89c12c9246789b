"""What is read of a text: clauses, entities, numbers, relations and which clauses may change places."""

import pytest

from dedup.text import Reading, read
from dedup.text.lexemes import lexemes, plain


def entities(reading: Reading) -> dict[str, str]:
    return {entity.name: entity.kind for entity in reading.entities}


@pytest.mark.parametrize(
    ("written", "forms"),
    [
        ("1,234.50 apples", ["1234.5", "apple"]),
        ("sixty-one", ["61"]),
        ("two hundred and five days", ["205", "day"]),
        ("three million four hundred thousand", ["3400000"]),
        ("two and three", ["2", "and", "3"]),
        ("one of them", ["one", "of", "them"]),
        ("1, 2, 345", ["1", ",", "2", ",", "345"]),
        ("007 and 7.0", ["007", "and", "7"]),
        ("x² ≤ ½", ["x", "^", "2", "<=", "1", "/", "2"]),
        ("\\frac{3}{4} \\times y^{12}", ["(", "3", ")", "/", "(", "4", ")", "*", "y", "^", "12"]),
        ("2025-03-04 08:15", ["2025-03-04", "08:15"]),
        ("3rd cities always isn't", ["third", "city", "always", "be", "not"]),
        ("five plus 2 equals seven", ["5", "+", "2", "=", "7"]),
    ],
)
def test_tokens_have_one_spelling(written: str, forms: list[str]) -> None:
    assert [token.form for token in lexemes(plain(written))] == forms


def test_a_reading_has_clauses_over_entities_with_numbers_and_relations() -> None:
    reading = read("Tom has 5 apples. Ann does not have more than two apples.\nHow many apples does Tom have?")
    assert entities(reading) == {"Tom": "name", "apples": "thing", "Ann": "name"}
    first, second, third = reading.clauses
    assert (first.template, first.entities, first.numbers) == ("@ have # @", (0, 1), ("5",))
    assert (second.relations, second.numbers) == (("not", "more"), ("2",))
    assert first.block == second.block < third.block
    assert third.text == "How many apples does Tom have ?"
    assert third.words == ("how", "many", "do", "have")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Tom is here.", {"Tom": "name"}),
        ("Abraham Lincoln is here.", {}),
        ("What is the capital of France?", {}),
        ("Tom is the brother of Ann.", {"Tom": "man", "Ann": "woman"}),
        ("Solve 2x + 6 = 10.", {"x": "label"}),
        ("A shelf is 5 m long.", {}),
        ("D is on the table. E is on D. I is on E.", {"D": "label", "E": "label", "I": "label"}),
        ("I have a cat.", {}),
        ("Will it rain on Monday in May?", {}),
        ("The colours are red, blue and green. The red one is not the blue one. The green one is free.",
         {"red": "name", "blue": "name", "green": "name"}),
        ("Spell the name Tom.", {}),
        ("Zork met Blib. Blib met Zork. Did Zork meet Blib?", {"Zork": "name", "Blib": "name"}),
    ],
)  # fmt: skip
def test_names_are_what_the_text_itself_shows_to_be_names(text: str, found: dict[str, str]) -> None:
    assert entities(read(text)) == found


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("- A = 3\n- B = 4", [0, 0]),
        ("1. Ann is 3.\n2. Bob is 4.\nClue 2 is false.", [0, 1, 2]),
        ("In this order:\n- Ann\n- Bob", [0, 1, 2]),
        ("Ann is old. Bob is not. Who is old?", [0, 0, 1]),
        ("Ann is old. Then Bob is. He is tall.", [0, 1, 2]),
        ("Ann buys 3 pens. Ann buys 4 pens. Ann sells 2 pens.", [0, 0, 1]),
        ("Ann buys 3 pens. Ann buys half of the pens.", [0, 1]),
        ("x = 3\ny = x\nx = 4", [0, 1, 2]),
        ("x + y = 3\nx - y = 1", [0, 0]),
        ("1 2 3\n4 5 6", [0, 1]),
    ],
)
def test_only_clauses_that_lean_on_nothing_change_places(text: str, blocks: list[int]) -> None:
    assert [clause.block for clause in read(text).clauses] == blocks
