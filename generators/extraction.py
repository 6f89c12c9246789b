"""Where the answer stands in a response: one contract for every family.

In this order: the last `<answer>…</answer>`, the last `\\boxed{…}` with balanced braces, the last fenced block or
`Answer:` line, whichever ends later. What is wrapped around a whole answer (a box, a fence, dollars, `\\text{}`, bold
or code marks) is taken off; the full stop that ends an answer line is dropped, and so is thinking in
`<think>…</think>`. Bounded: linear in the response, of which at most the last `LONGEST_RESPONSE` characters are read.
"""

import re
import unicodedata
from typing import NamedTuple

from schemas.verdict import Found

LONGEST_RESPONSE = 200_000

_OPEN = "<answer>"
_CLOSE = "</answer>"
_BRACE = re.compile(r"\\boxed\{|[{}]")
_WRAPPED = (
    re.compile(r"\*\*((?:[^*]|\*(?!\*))+)\*\*"),
    re.compile(r"`([^`]+)`"),
    re.compile(r"\$([^$]+)\$"),
    re.compile(r"\\(?:text|textbf|mathbf|mathrm|texttt)\{([^{}]+)\}"),
)
_MOST_WRAPPINGS = 4
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))  # what a text shows as a space that does not break
_ANSWER_LINE = re.compile(r"^[ \t>*_#]*answer[ \t*_]*:(.*)$", re.IGNORECASE | re.MULTILINE)


class Extraction(NamedTuple):
    """`text` is None when no mark was found; `found` names the mark."""

    text: str | None
    found: Found


def extract(response: str) -> Extraction:
    """The answer in a response, stripped and in Unicode NFC, and how it was found."""
    text = _without_thinking(response[-LONGEST_RESPONSE:])
    tagged = _last_tagged(text)
    if tagged is not None:
        return _extraction(tagged, "answer_tag")
    boxed = _last_boxed(text)
    if boxed is not None:
        return _extraction(boxed, "boxed")
    fence_end, fenced = _last_fenced(text)
    line_end, line = _last_answer_line(text)
    if fenced is not None and fence_end >= line_end:
        return _extraction(fenced, "fence")
    if line is not None:
        return _extraction(line, "answer_line")
    return Extraction(None, "none")


def _extraction(text: str, found: Found) -> Extraction:
    plain = unicodedata.normalize("NFC", text).translate(_SPACES).strip()
    for _ in range(_MOST_WRAPPINGS):
        plain = _unwrapped(plain).strip()
    return Extraction(plain, found)


def _without_thinking(text: str) -> str:
    """What follows the last closed thinking; a thinking that never closes hides all that follows it."""
    return text.rpartition("</think>")[2].partition("<think>")[0]


def _last_tagged(text: str) -> str | None:
    end = text.rfind(_CLOSE)
    if end < 0:
        return None
    start = text.rfind(_OPEN, 0, end)
    return None if start < 0 else text[start + len(_OPEN) : end]


def _unwrapped(text: str) -> str:
    """The inside of the one wrapping around all of an answer, if any; models like to mark an answer twice."""
    if text.startswith("\\boxed{"):
        inside = _last_boxed(text)
        return inside if inside is not None and len(text) == len(inside) + len("\\boxed{}") else text
    if text.startswith("```"):
        return (_last_fenced(text)[1] or text) if text.endswith("```") and text.count("```") == 2 else text
    inside = next((match[1] for wrapped in _WRAPPED if (match := wrapped.fullmatch(text))), None)
    return text if inside is None else inside


def _last_boxed(text: str) -> str | None:
    """The inside of the last `\\boxed{` whose braces balance, in one pass over the braces."""
    if "\\boxed{" not in text:
        return None
    open_braces: list[int | None] = []  # where a box's inside starts, None for a plain brace
    last: tuple[int, int] | None = None
    for match in _BRACE.finditer(text):
        if match.group() != "}":
            open_braces.append(match.end() if len(match.group()) > 1 else None)
        elif open_braces:
            start = open_braces.pop()
            if start is not None and (last is None or start > last[0]):
                last = (start, match.start())
    return None if last is None else text[last[0] : last[1]]


def _last_fenced(text: str) -> tuple[int, str | None]:
    """The body of the last closed ``` block (its first line may name a language) and where it ends."""
    end = text.rfind("```")
    start = text.rfind("```", 0, end) if end > 0 else -1
    if start < 0:
        return -1, None
    body = text[start + 3 : end]
    first_line, newline, rest = body.partition("\n")
    return end, rest if newline and (not first_line.strip() or first_line.strip().isalnum()) else body


def _last_answer_line(text: str) -> tuple[int, str | None]:
    last: tuple[int, str | None] = (-1, None)
    for match in _ANSWER_LINE.finditer(text):
        line = match.group(1).strip(" \t\r*_").removesuffix(".")
        if line:
            last = (match.end(), line)
    return last
