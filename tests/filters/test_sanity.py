"""Each check finds what it is for and leaves alone what only looks like it; no bundled family's question alarms any."""

from collections.abc import Callable
from functools import cache
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.config import PromptCheck, SanityConfig
from filters.sanity import CHECKS, sanity, text_sanity
from generators.family import level_params, make_instance, task_of
from generators.registry import BUNDLED, family_named
from schemas import ANSWER_LINE, Message, Task

CONFIG = SanityConfig()
QUESTION = "Ann has 5 apples and gives 2 of them to Ben. How many apples does she have now?"

FOUND: list[tuple[PromptCheck, str]] = [
    ("hidden_characters", "How many is 2\u200b5 + 3?"),
    ("hidden_characters", "How many is 25 + 3?\u202e"),
    ("hidden_characters", "How many is\x00 25 + 3?"),
    ("hidden_characters", "How many is 25\ufffd + 3?"),
    ("hidden_characters", "How many\U000e0041 is 25 + 3?"),
    ("hidden_characters", "\ufeffHow many is 25 + 3?"),
    ("hidden_characters", "How many is 25 + 3?\rWhat?"),
    ("foreign_script", "How many 苹果 does she have?"),
    ("foreign_script", "How many аррles does she have?"),
    ("foreign_script", "Ηow many apples does she have?"),
    ("foreign_script", "Ｈｏｗ many apples does she have?"),
    ("foreign_language", "Anna hat fünf Äpfel und gibt zwei davon ab. Wie viele Äpfel sind es, die sie nicht abgibt?"),
    ("unbalanced_marks", "Simplify $\\frac{3}{4$."),
    ("unbalanced_marks", "Simplify $x + 3 for x = 2."),
    ("unbalanced_marks", "Simplify $$x + 3 for x = 2."),
    ("unbalanced_marks", "Simplify \\(x + 3 for x = 2."),
    ("unbalanced_marks", "Find x for \\left( x + 3) = 2."),
    ("unbalanced_marks", "Solve \\begin{cases} x = 1 \\\\ y = 2 \\end{aligned} for x."),
    ("unbalanced_marks", "What does this print?\n```python\nprint(1)\n"),
    ("unbalanced_marks", "What is the value of f(2) for f(x) = x}?"),
    ("placeholder", "[Insert name] has 5 apples. How many are left?"),
    ("placeholder", "{name} has 5 apples. How many are left?"),
    ("placeholder", "Ann has {apple_count} apples. How many are left?"),
    ("placeholder", "Ann has {{ count }} apples. How many are left?"),
    ("placeholder", "Ann has 5 apples. TODO: say how many. How many are left?"),
    ("placeholder", "Lorem ipsum dolor sit amet. How many words?"),
    ("placeholder", "<your question here>?"),
    ("chatter", "Sure! Here is one: how many is 2 + 3?"),
    ("chatter", "Certainly, how many is 2 + 3?"),
    ("chatter", "Here's a harder version of the problem: how many is 2 + 3?"),
    ("chatter", "As an AI language model, I ask: how many is 2 + 3?"),
    ("chatter", "I'm sorry, but I cannot help with that. What else?"),
    ("chatter", "How many is 2 + 3?\n\nLet me know if you need more problems."),
    ("chatter", "<think>They want a sum.</think>How many is 2 + 3?"),
    ("chatter", "How many is 2 + 3?<|im_end|>"),
    ("truncated", "How many is 2 + 3? Ann says that the"),
    ("truncated", "How many of these are red:"),
    ("truncated", "Which of these is prime? 4,"),
    ("truncated", " \n"),
    ("repetitive", "Ann gives an apple to Ben and one to Carl and then " * 6 + "how many are left?"),
    ("no_question", "Ann has 5 apples. Ben has 3 apples."),
    ("leaked_answer", "How many is 2 + 3? The answer is 5."),
    ("leaked_answer", "How many is 2 + 3? (Answer: **5**)"),
    ("leaked_answer", "How many is 2 + 3? <answer>5</answer>"),
    ("leaked_answer", "How many is 2 + 3? It is \\boxed{5}."),
]

LEFT_ALONE: list[tuple[PromptCheck, str]] = [
    ("hidden_characters", "How many is 25 + 3?\r\n\tAnd 4\u00a0+\u00a05? 👨\u200d👩\u200d👧 – Zoë"),
    ("foreign_script", "What is π r^2 for r = 2, with θ, Δx and µ in Zürich? Take 𝑥 = 3."),
    ("foreign_language", "Sort these words: die, war, hat, man, den, plus, son, come, main, est, les."),
    ("unbalanced_marks", "A pen costs $5, a book $12, and both $17. How many?"),
    ("unbalanced_marks", "A pen costs \\$5. What is $x$ for $$x = \\{1, 2\\}$$ and \\[x = 2\\] and [0, 1)?"),
    ("unbalanced_marks", "\\left\\{ \\begin{matrix} 1 \\\\[2pt] 2 \\end{matrix} \\right. What is it?"),
    ("unbalanced_marks", "`$` is a box, `{` is a wall:\n#$.#\n-@-$\nWhich is it?\n```\nif (x) {\n```"),
    (
        "placeholder",
        "Find x^{abc} in \\frac{top}{bottom}, \\text{total} and the set {a, b} or {a}.",
    ),
    ("placeholder", "Which of [1, 2] and <3> is to do?"),
    ("chatter", "Here is a sliding-tile puzzle. Which rules hold here: A or B?"),
    ("chatter", 'Ann says: "I cannot come, I am sorry." Is she sure?'),
    ("chatter", "Surely one is great. Which?"),
    ("truncated", "Solve for x.\n3x + 4 = 7"),
    ("truncated", "Which is the largest?\n- the red ball\n- the green ball"),
    ("truncated", "Push every box.\n#####\n#@$-\n"),
    ("truncated", 'What does she mean by "the"'),
    ("truncated", "Who says so…"),
    ("repetitive", "Ann gives Ben an apple. Ben gives Carl an apple. Carl gives Ann an apple. Who has most?"),
    ("no_question", "Compute 2 + 3."),
    ("no_question", "2 + 3 = ?"),
    ("leaked_answer", "Is 5 more than 3, or is 3 more than 5? Write the number."),
    ("leaked_answer", "How many is 2 + 3? The answer is 5.5 in another case, the answer is 15 in a third."),
    ("leaked_answer", "Put your answer between <answer> and </answer>: 5 points for it. How many?"),
]


def found_in(text: str, answer: str = "5") -> list[str]:
    return [fault.check for fault in text_sanity(text, CONFIG, answer)]


def test_every_check_has_cases_and_a_good_question_passes_all() -> None:
    names = set(get_args(PromptCheck))
    assert set(CHECKS) == names == {check for check, _ in FOUND} == {check for check, _ in LEFT_ALONE}
    assert found_in(QUESTION) == []


@pytest.mark.parametrize(("check", "text"), FOUND)
def test_a_fault_is_found(check: PromptCheck, text: str) -> None:
    assert check in found_in(text)


@pytest.mark.parametrize(("check", "text"), LEFT_ALONE)
def test_what_only_looks_like_a_fault_is_left_alone(check: PromptCheck, text: str) -> None:
    assert check not in found_in(text)


@cache
def bundled_tasks() -> tuple[Task, ...]:
    """Every family, level and style, two problems each."""
    made: list[Task] = []
    for name in BUNDLED:
        family = family_named(name)
        for level in range(1, len(family.levels) + 1):
            params = level_params(family, level)
            for index in range(2):
                instance = make_instance(family, params, 23, index)
                made += [task_of(family, instance, params, level, 23, index, style) for style in family.styles]
    return tuple(made)


def test_no_question_of_a_bundled_family_raises_an_alarm() -> None:
    assert {task.family for task in bundled_tasks()} == set(BUNDLED)
    alarms = [
        (task.family, task.level, task.style, *fault) for task in bundled_tasks() for fault in sanity(task, CONFIG)
    ]
    assert alarms == []


PLANTED: dict[PromptCheck, Callable[[str, str], str]] = {
    "hidden_characters": lambda text, answer: f"{text[:9]}\u2060{text[9:]}",
    "foreign_script": lambda text, answer: f"{text}\nПодумай.",
    "foreign_language": lambda text, answer: (
        f"{text}\nSchreibe eine Zahl und nicht mehr, die sie mit der Lösung des ist."
    ),
    "unbalanced_marks": lambda text, answer: f"{text} }}",
    "placeholder": lambda text, answer: f"{text}\nThis is for {{student_name}}.",
    "chatter": lambda text, answer: f"Sure! Here is your task:\n\n{text}",
    "truncated": lambda text, answer: f"{text}\nRemember that you must not write any of the",
    "repetitive": lambda text, answer: f"{text}\n{text}",
    "leaked_answer": lambda text, answer: f"{text}\nThe correct answer is: {answer}",
}


@pytest.mark.parametrize("check", PLANTED)
def test_a_fault_planted_in_a_family_s_question_is_found(check: PromptCheck) -> None:
    for task in bundled_tasks()[::5]:
        question = task.prompt[-1].content.removesuffix(ANSWER_LINE).strip()
        faulty = PLANTED[check](question, task.answer)
        changed = msgspec.structs.replace(task, prompt=(Message("user", f"{faulty} {ANSWER_LINE}"),))
        assert check in {fault.check for fault in sanity(changed, CONFIG)}, faulty


def test_only_the_checks_that_are_asked_for_are_made() -> None:
    text = "Sure! {name} has 5 苹果"
    assert {fault.check for fault in text_sanity(text, SanityConfig(checks=("placeholder",)))} == {"placeholder"}
    loose = SanityConfig(checks=("foreign_script",), foreign_letters=0.2)
    assert text_sanity(text, loose) == ()
    assert text_sanity("Hоw many?", loose) != ()  # a Cyrillic letter in a Latin word is never meant


def test_a_task_is_judged_by_its_question_not_by_the_turns_before() -> None:
    [task] = bundled_tasks()[:1]
    before = (Message("user", QUESTION), Message("assistant", f"<answer>{task.answer}</answer>"))
    assert sanity(msgspec.structs.replace(task, prompt=(*before, *task.prompt)), CONFIG) == ()
    assert "truncated" in {fault.check for fault in sanity(msgspec.structs.replace(task, prompt=()), CONFIG)}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200), st.text(max_size=10))
def test_any_text_is_judged(text: str, answer: str) -> None:
    for fault in text_sanity(text, CONFIG, answer):
        assert fault.detail
        assert len(fault.detail) < 400


@pytest.mark.parametrize(
    "piece",
    [
        "`",
        "```\n",
        "{",
        "$",
        "\\left(",
        "[insert ",
        "<your ",
        "here is ",
        "#",
        " ",
        "я",
        "answer is 5 ",
        "\n",
        "i am sorry ",
    ],
)
def test_a_long_text_of_one_piece_is_judged_in_linear_time(piece: str) -> None:
    """It would not come to an end in a test's time if any check went back and forth over it."""
    text_sanity(piece * (200_000 // len(piece)), CONFIG, "5")
