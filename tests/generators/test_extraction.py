"""Where the answer stands in a response."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.extraction import LONGEST_RESPONSE, extract

FOUND = {
    "the tag": ("<answer>42</answer>", "42", "answer_tag"),
    "the last tag": ("<answer>1</answer> no, <answer>2</answer>", "2", "answer_tag"),
    "white space around": ("so\n<answer>\n  4 2 \n</answer>\n", "4 2", "answer_tag"),
    "lines inside are kept": ("<answer>\n1 2\n2 1\n</answer>", "1 2\n2 1", "answer_tag"),
    "a tag in a tag": ("<answer> write <answer>7</answer>", "7", "answer_tag"),
    "an unclosed later tag is no answer": ("<answer>7</answer> or <answer>8", "7", "answer_tag"),
    "an empty tag is found and empty": ("<answer></answer>", "", "answer_tag"),
    "a box": (r"so $\boxed{42}$.", "42", "boxed"),
    "nested braces": (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}", "boxed"),
    "the last box": (r"\boxed{1} then \boxed{2}", "2", "boxed"),
    "a box in a box": (r"\boxed{x = \boxed{3}}", "3", "boxed"),
    "an unbalanced box is none": (r"\boxed{1} then \boxed{2", "1", "boxed"),
    "a tag beats a later box": (r"<answer>1</answer> \boxed{2}", "1", "answer_tag"),
    "a fenced block": ("```\n1 2\n2 1\n```", "1 2\n2 1", "fence"),
    "its language is not the answer": ("```text\nA B\n```", "A B", "fence"),
    "a first line that is data stays": ("```\n12 21\n21 12\n```", "12 21\n21 12", "fence"),
    "an answer line": ("I think.\nAnswer: 42", "42", "answer_line"),
    "the last answer line": ("Answer: 1\nAnswer: 2", "2", "answer_line"),
    "a sentence's full stop is not the answer's": ("Answer: 42.", "42", "answer_line"),
    "one full stop only": ("Answer: wait..", "wait.", "answer_line"),
    "marked up": ("**Answer:** 42", "42", "answer_line"),
    "in any case": ("ANSWER : 42", "42", "answer_line"),
    "an answer line after a block": ("```\n1\n```\nAnswer: 2", "2", "answer_line"),
    "a block after an answer line": ("Answer: 1\n```\n2\n```", "2", "fence"),
    "thinking is dropped": ("<think><answer>1</answer></think><answer>2</answer>", "2", "answer_tag"),
    "composed": ("<answer>cafe\u0301</answer>", "caf\u00e9", "answer_tag"),
}

NOT_FOUND = {
    "nothing": "",
    "prose": "It is 42, I am sure.",
    "an answer in the thinking only": "<think><answer>1</answer></think> Well.",
    "thinking that never ends": "<think>so <answer>1</answer>",
    "a tag that never closes": "<answer>42",
    "a tag that never opens": "42</answer>",
    "another tag": "<result>42</result>",
    "an empty answer line": "Answer:   ",
    "one fence": "```\n42",
    "a sentence about the answer": "The answer is 42.",
}


@pytest.mark.parametrize("case", FOUND)
def test_the_answer_is_found(case: str) -> None:
    response, text, found = FOUND[case]
    assert extract(response) == (text, found)


@pytest.mark.parametrize("case", NOT_FOUND)
def test_there_is_no_answer(case: str) -> None:
    assert extract(NOT_FOUND[case]) == (None, "none")


@given(st.text())
def test_nothing_crashes_it_and_its_texts_are_stripped(response: str) -> None:
    text, found = extract(response)
    assert (text is None) == (found == "none")
    assert text is None or text == text.strip()


@given(st.text(alphabet="<>/answer{}\\boxed`\n: thinkA1", max_size=200))
def test_pieces_of_marks_do_not_crash_it(response: str) -> None:
    extract(response)


@given(
    st.text(
        alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="<`*$\\\u00a0\u2007\u202f"), max_size=50
    )
)
def test_what_stands_in_the_tag_comes_out(inside: str) -> None:
    import unicodedata

    response = f"Thinking: \\boxed{{1}}\n```\n2\n```\nAnswer: 3\n<answer>{inside}</answer>"
    assert extract(response) == (unicodedata.normalize("NFC", inside).strip(), "answer_tag")


@pytest.mark.parametrize(
    "piece",
    ["<answer>", "</answer>", "\\boxed{", "}", "```", "```\n", "Answer:", "answer:\n", "<think>", "</think>", "> "],
)
def test_megabytes_of_marks_take_linear_time(piece: str) -> None:
    start = time.process_time()
    extract(piece * (2_000_000 // len(piece)))
    assert time.process_time() - start < 2.0


def test_only_the_end_of_a_huge_response_is_read() -> None:
    assert extract("<answer>1</answer>" + "x" * LONGEST_RESPONSE) == (None, "none")
    assert extract("x" * LONGEST_RESPONSE + "<answer>1</answer>") == ("1", "answer_tag")


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("<answer>\\boxed{5}</answer>", "5"),
        ("<answer> $\\boxed{\\frac{1}{2}}$ </answer>", "\\frac{1}{2}"),
        ("<answer>\n```\n1 2\n3 4\n```\n</answer>", "1 2\n3 4"),
        ("<answer>\\boxed{5} or \\boxed{6}</answer>", "\\boxed{5} or \\boxed{6}"),
        ("<answer>\\boxed{5</answer>", "\\boxed{5"),
        ("<answer>```</answer>", "```"),
        ("<answer>**42**</answer>", "42"),
        ("<answer>**`A B`**</answer>", "A B"),
        ("<answer>**1/2*sqrt(3)**</answer>", "1/2*sqrt(3)"),
        ("<answer>$42$</answer>", "42"),
        ("<answer>$\\text{Monday}$</answer>", "Monday"),
        ("<answer>A\u00a0B</answer>", "A B"),
        ("<answer>**1** or **2**</answer>", "**1** or **2**"),
        ("<answer>$1$ and $2$</answer>", "$1$ and $2$"),
        ("<answer>`1` `2`</answer>", "`1` `2`"),
        ("<answer>2**3</answer>", "2**3"),
    ],
)
def test_an_answer_marked_twice_is_opened_and_two_answers_are_not(response: str, expected: str) -> None:
    assert extract(response) == (expected, "answer_tag")
