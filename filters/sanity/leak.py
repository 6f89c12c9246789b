"""A question that says its own answer."""

import re

_SAID = re.compile(
    r"(?<![/<\w])(?:answer|result|solution|ans)\b[\"'`*)>\]]*(?:\s*(?:is|are|was|=|:|→|->|would be|must be))*"
    r"\s*[\"'`*$(<\[]*\s*\Z|<answer>\s*\Z|\\boxed\{\s*\Z",
    re.IGNORECASE,
)
_BEFORE = 40
_LONG = 24
"""Characters from which an answer of four words or numbers is not in a question by chance."""
_SPACES = re.compile(r"\s+")


def leaked_answer(text: str, answer: str) -> str | None:
    """The answer, said to be it, or so long that it can't stand there by chance.

    That a number or name of the answer stands in the question is no leak: many answers choose among what is given.

    >>> leaked_answer("What is 2 + 3? (The answer is 5.)", "5"), leaked_answer("Is 5 more than 3, or 3 than 5?", "5")
    ('"answer is 5"', None)
    """
    plain, wanted = (_SPACES.sub(" ", each.strip()).casefold() for each in (text, answer))
    if not wanted:
        return None
    long = len(wanted) >= _LONG and len(wanted.split(" ")) >= 4
    start = plain.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if _stands_alone(plain, start, end):
            said = _SAID.search(plain[max(0, start - _BEFORE) : start])
            if said is not None or long:
                return f'"{said[0].lstrip() if said else ""}{wanted[:60]}"'
        start = plain.find(wanted, end)
    return None


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Not a piece of a longer word or number."""
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    return not any(sign.isalnum() or sign == "_" for sign in around) and not re.match(r"[.,]\d", text[end : end + 2])
