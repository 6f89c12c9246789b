"""The expression core against other methods: Python's grammar, sympy, column addition, brute force over symmetries."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations, product
from random import Random

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.cores.expression import polynomial, program, story
from generators.cores.expression.elimination import solved
from generators.cores.expression.grow import Shape, random_expression
from generators.cores.expression.linear import Equation, canonical_system
from generators.cores.expression.program import Step, answered, canonical_program
from generators.cores.expression.render import LATEX, PLAIN, SPOKEN, words, written
from generators.cores.expression.surds import read_surds, surd, surd_text
from generators.cores.expression.tree import (
    Chain,
    Expression,
    Power,
    canonical_text,
    depth_of,
    numbers_of,
    operated,
    steps_of,
    structure_of,
    value_of,
)

SHAPES = st.builds(
    lambda terms, depth, *rest: Shape(max(terms, depth + 2), depth, *rest),
    st.integers(2, 14),
    st.integers(0, 4),
    st.integers(1, 4),
    st.sampled_from(["+", "*", "+-", "+-*", "+-*/", "+-*/^"]),
    st.integers(0, 60),
    st.sampled_from([0, 0, 30, 70]),
)
EXPRESSIONS = st.builds(lambda shape, seed: random_expression(shape, Random(seed)), SHAPES, st.integers(0, 10**9))


def python_value(text: str) -> Fraction:
    """A plain text worked out by sympy, which parses it as Python does."""
    return Fraction(str(sympy.sympify(text.replace("^", "**"), rational=True)))


def unspoken(text: str) -> str:
    """English words back to plain text."""
    names = {words(number): str(number) for number in range(10_000)}
    signs = {"plus": "+", "minus": "-", "times": "*", "divided by": "/", "over": "/", "to the power of": "^"}
    signs |= {"open bracket": "(", "close bracket": ")"}
    pieces = re.split(rf" ?\b({'|'.join(signs)})\b ?", text)
    read = []
    for piece in (piece for piece in pieces if piece):
        bare = piece.removeprefix("negative ")
        read.append(signs[piece] if piece in signs else f"-{names[bare]}" if bare != piece else names[bare])
    return "".join(read)


def unlatexed(text: str) -> str:
    text = re.sub(r"\\frac\{(-?\d+)\}\{(-?\d+)\}", r"((\1)/(\2))", text)
    for mark, plain in ((r"\left", ""), (r"\right", ""), (r"\times", "*"), (r"\div", "/"), ("{", "("), ("}", ")")):
        text = text.replace(mark, plain)
    return text


@settings(max_examples=60, deadline=None)
@given(EXPRESSIONS)
def test_every_notation_of_an_expression_has_its_value(expression: Expression) -> None:
    value = value_of(expression)
    assert python_value(written(expression, PLAIN)) == value
    assert python_value(unlatexed(written(expression, LATEX))) == value
    assert python_value(unspoken(written(expression, SPOKEN))) == value
    assert steps_of(expression)[-1].result == value


@given(SHAPES, st.integers(0, 10**9))
def test_random_expressions_have_the_shape_asked_for(shape: Shape, seed: int) -> None:
    expression = random_expression(shape, Random(seed))
    assert expression == random_expression(shape, Random(seed))
    numbers = [abs(number) for number in numbers_of(expression)]
    assert depth_of(expression) == shape.depth
    assert len(str(max(numbers))) == shape.digits or max(numbers) < 13
    steps = steps_of(expression)
    assert {step.operator for step in steps} <= set(shape.operators) | ({"*"} if "^" in shape.operators else set()) | (
        {"/"} if shape.fractions else set()
    )
    if not shape.fractions:
        assert len(numbers) == shape.terms
        assert all(isinstance(step.result, int) for step in steps)


def test_sums_products_and_brackets_without_meaning_are_one_problem_and_no_others() -> None:
    def text(*parts: object) -> str:
        first, *rest = parts
        return canonical_text(Chain(first, tuple(zip(rest[::2], rest[1::2], strict=True))))  # type: ignore[arg-type]

    assert text(1, "+", 2) == text(2, "+", 1)
    assert text(1, "+", 2, "-", 3) == text(2, "-", 3, "+", 1)
    assert text(1, "+", Chain(2, (("-", 3),))) == text(1, "-", 3, "+", 2)
    assert text(2, "*", Chain(3, (("/", 4),))) == text(3, "/", 4, "*", 2)
    different = [
        text(1, "+", 2),
        text(1, "*", 2),
        text(1, "+", 3),
        text(2, "-", 1),
        text(1, "-", 2),
        text(1, "+", -2),
        text(12, "+", 1),
        text(1, "+", 1, "+", 2),
        text(5, "-", Chain(2, (("-", 3),))),
        text(5, "-", 2, "+", 3),
        text(Power(2, 3), "+", 1),
        text(Power(3, 2), "+", 1),
        text(2, "/", Chain(3, (("*", 4),))),
        text(2, "/", 3, "*", 4),
    ]
    assert len(set(different)) == len(different)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_carries_are_those_of_column_addition(left: int, right: int) -> None:
    carries, carry = 0, 0
    for place in range(8):
        carry = (left // 10**place % 10 + right // 10**place % 10 + carry) // 10
        carries += carry
    assert structure_of(Chain(left, (("+", right),)))["carries"] == carries
    assert structure_of(Chain(left + right, (("-", right),)))["carries"] == carries
    assert structure_of(Chain(-left, (("-", right),)))["carries"] == carries or left == 0


def test_division_by_zero_is_an_error_and_even_quotients_are_whole() -> None:
    with pytest.raises(ZeroDivisionError):
        value_of(Chain(1, (("/", Chain(2, (("-", 2),))),)))
    assert isinstance(operated("/", 84, 12), int)
    assert operated("/", 1, 2) == Fraction(1, 2)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (100, "one hundred"),
        (999, "nine hundred ninety-nine"),
        (1_000_001, "one million one"),
        (-20_517, "negative twenty thousand five hundred seventeen"),
    ],
)
def test_numbers_in_words(number: int, text: str) -> None:
    assert words(number) == text


@given(st.integers(1, 5), st.integers(0, 10**9))
def test_elimination_agrees_with_sympy(size: int, seed: int) -> None:
    rng = Random(seed)
    rows = [[rng.randint(-3, 3) for _ in range(size + 1)] for _ in range(size)]
    matrix, constants = sympy.Matrix([row[:-1] for row in rows]), sympy.Matrix([row[-1] for row in rows])
    found = solved(rows)
    if matrix.det() == 0:
        assert found is None
    else:
        assert found is not None
        assert list(found.values) == [Fraction(int(x.p), int(x.q)) for x in matrix.LUsolve(constants)]


def least_form(equations: list[Equation]) -> tuple[object, ...]:
    """The least of all ways to write a system under its symmetries, by trying them all."""
    size = len(equations[0][0]) - 1
    ways = []
    for order in permutations(range(size)):
        rows = []
        for equation in equations:
            sides = [tuple([side[place] for place in order] + [side[-1]]) for side in equation]
            whole = max(sympy.igcd(*sides[0], *sides[1]), 1)
            rows.append(
                min(
                    tuple(tuple(sign * entry // whole for entry in side) for side in pair)
                    for pair in (sides, sides[::-1])
                    for sign in (1, -1)
                )
            )
        ways.append(tuple(sorted(rows)))
    return min(ways)


def test_systems_have_equal_canonical_forms_exactly_when_some_symmetry_maps_them() -> None:
    rng = Random(5)
    by_form: dict[bytes, tuple[object, ...]] = {}
    forms: dict[tuple[object, ...], bytes] = {}
    for _ in range(1500):
        size = rng.choice((1, 2, 2, 3))
        equations = [
            (
                tuple(rng.randint(-1, 1) for _ in range(size + 1)),
                tuple(rng.choice((0, 0, 1, -1)) for _ in range(size + 1)),
            )
            for _ in range(size)
        ]
        form, least = canonical_system(equations), least_form(equations)
        assert by_form.setdefault(form, least) == least
        assert forms.setdefault(least, form) == form
    assert len(forms) < 1400  # some of them were the same, or the test would show little


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=7).filter(lambda factors: factors[0] != 0))
def test_real_roots_are_counted_as_sympy_counts_them(factors: list[int]) -> None:
    x = sympy.Symbol("x")
    assert polynomial.real_root_count(tuple(factors)) == sympy.Poly(factors, x).count_roots()


@given(
    st.fractions(-20, 20, max_denominator=6),
    st.fractions(-20, 20, max_denominator=6),
    st.sampled_from([2, 3, 5, 8, 12, 45, 98]),
)
def test_surds_are_written_and_read_back(rational: Fraction, factor: Fraction, radicand: int) -> None:
    number = surd(rational, factor, radicand)
    assert read_surds(surd_text(number)) == (number,)
    exact = sympy.Rational(str(rational)) + sympy.Rational(str(factor)) * sympy.sqrt(radicand)
    assert read_surds(sympy.latex(sympy.expand(exact))) == (number,)


def test_a_surd_is_a_root_of_its_polynomial_and_of_no_other() -> None:
    golden = surd(Fraction(1, 2), Fraction(1, 2), 5)
    assert polynomial.multiplicity_at((1, -1, -1), golden) == 1
    assert polynomial.multiplicity_at(polynomial.product(((1, -1, -1), (1, -1, -1), (1, -3))), golden) == 2
    assert polynomial.multiplicity_at((1, -1, -2), golden) == 0
    assert polynomial.multiplicity_at((4, -4, 1), surd(Fraction(1, 2))) == 2


@pytest.mark.parametrize(
    "text",
    ["(1 + sqrt(5))/2", "1/2 + sqrt5/2", "0.5 + 1/2 √5", "\\frac{1+\\sqrt{5}}{2}", "(√5 + 1)/2", "$(1+\\sqrt{5})/2$"],
)
def test_the_golden_ratio_is_read_in_its_usual_notations(text: str) -> None:
    assert read_surds(text) == (surd(Fraction(1, 2), Fraction(1, 2), 5),)


@pytest.mark.parametrize(
    "text",
    [
        "sqrt(4)",
        "sqrt(-2)",
        "sqrt(2) + sqrt(3)",
        "1 + 2 + sqrt(3)",
        "sqrt(sqrt(2))",
        "2^0.5",
        "sqrt(2)/0",
        "(1+sqrt(2)",
        "sqrt()",
        "sqrt(1000003000002)",
        "√" * 150,
        "(" * 99 + "1" + ")" * 99,
        "0*(1 + sqrt(2))",
        "1 + sqrt(٢)",
    ],
)
def test_what_is_not_one_surd_is_refused(text: str) -> None:
    assert read_surds(text) is None


def test_plus_or_minus_stands_for_two() -> None:
    assert read_surds("2 ± sqrt(3)") == read_surds("2 \\pm \\sqrt{3}") == (surd(2, 1, 3), surd(2, -1, 3))


def programs(rng: Random) -> tuple[list[Step], Step]:
    """A small program of two people and few kinds, so that equal ones come up."""
    steps = [Step("has", (0,), (4,)), Step("has", (1,), (4,))]
    for _ in range(3):
        kind = rng.choice(("gets", "gives", "grows", "times"))
        who = rng.choice([(0, 1), (1, 0)])
        if kind == "times":
            steps.append(Step(kind, (len({person for step in steps for person in step.who}), who[0]), (2,)))
        else:
            steps.append(Step(kind, who if kind == "gives" else who[:1], (rng.randint(1, 2),)))
    people = sorted({person for step in steps for person in step.who})
    return steps, rng.choice([Step("holds", (rng.choice(people),)), Step("together", tuple(rng.sample(people, 2)))])


def least_program(steps: list[Step], question: Step) -> tuple[object, ...]:
    """The least way to tell a program: all orders reached by exchanging neighbours, all names, unneeded steps gone."""
    kept = tuple(program.needed(steps, question))
    orders, frontier = {kept}, [kept]
    while frontier:
        order = frontier.pop()
        for at in range(len(order) - 1):
            one, two = order[at : at + 2]
            swapped = (*order[:at], two, one, *order[at + 2 :])
            if _independent(one, two) and swapped not in orders:
                orders.add(swapped)
                frontier.append(swapped)
    people = sorted({person for step in (*kept, question) for person in step.who})
    ways = []
    for names in permutations(range(len(people))):
        name = dict(zip(people, names, strict=True))
        asked = [name[person] for person in question.who]
        for order in orders:
            told = tuple((step.kind, tuple(name[person] for person in step.who), step.numbers) for step in order)
            ways.append((told, question.kind, sorted(asked) if question.kind == "together" else asked))
    return min(ways)


def _independent(one: Step, two: Step) -> bool:
    adds = {"gets", "gives"}
    shared = set(one.who) & set(two.who)
    looks = [{person for step in (pair,) if step.kind == "times" for person in step.who[1:]} for pair in (one, two)]
    return not shared or {one.kind, two.kind} <= adds or shared <= looks[0] & looks[1]


def test_programs_have_equal_canonical_forms_exactly_when_they_are_retold() -> None:
    rng = Random(3)
    by_form: dict[bytes, str] = {}
    forms: dict[str, bytes] = {}
    for _ in range(3000):
        steps, question = programs(rng)
        form, least = canonical_program(steps, question), repr(least_program(steps, question))
        assert by_form.setdefault(form, least) == least
        assert forms.setdefault(least, form) == form
    assert len(forms) < 2500


def test_steps_that_leave_less_than_nothing_or_parts_of_things_are_refused() -> None:
    asked = Step("holds", (0,))
    with pytest.raises(program.SenselessError):
        answered([Step("has", (0,), (3,)), Step("loses", (0,), (4,))], asked)
    with pytest.raises(program.SenselessError):
        answered([Step("has", (0,), (3,)), Step("loses_part", (0,), (1, 2))], asked)
    assert answered([Step("has", (0,), (8,)), Step("loses_percent", (0,), (25,))], asked) == 6


def tellings() -> Iterator[tuple[str, str]]:
    """Every wording of every world with numbers one, two and more, and every question."""
    people = ["Mia", "Tom", "Ava"]
    for world in story.WORLDS.values():
        for unit, number in product(world.units[:2], (1, 2, 4)):
            start = [Step("has", (person,), (number,), person) for person in range(3)]
            for kind, wordings in world.wordings.items():
                size = len(program.KINDS[kind].roles)
                numbers = (number, 5) if kind.endswith("part") or kind == "part_of" else (max(number, 2), 3)
                for wording in range(len(wordings)):
                    simple = kind in ("has", "more_than", "fewer_than", "gets", "loses", "gives")
                    step = Step(kind, (2, 0, 1)[:size], (number,) if simple else numbers, wording)
                    yield kind, story.story(world, unit, people, [*start[:2], step])
                    yield kind, story.notes(world, unit, people, [*start[:2], step])
            for kind in world.questions:
                yield kind, story.question_text(world, unit, people, Step(kind, (0, 1, 2), (max(number, 2),)))


def test_every_wording_is_clean_english() -> None:
    for kind, text in tellings():
        assert not re.search(r"[{}]|  |\b1 (?!more\b|fewer\b|less\b|of\b|x\b)\w+s\b| ,| \.|\$0|\b0\b", text), (
            kind,
            text,
        )
        assert not re.search(r"\b(?:[2-9]|\d\d+) (?:more |fewer )?(?:apple|marble|dollar|year|kilometer)\b", text), text
        assert text[0].isupper(), text
        assert text[-1] in ".?" or "\n" in text, text
