"""Marks that come in pairs: code fences, braces, LaTeX environments and the delimiters of formulas."""

import re
from collections import Counter

_FENCE = re.compile(r"[ \t]{0,8}(```|~~~)")
_CODE = re.compile(r"(`{1,3})[^`\n]+\1")
_DRAWING = re.compile(r"^(?=.{3})[^\w\n{}\\]*$", re.MULTILINE)  # a line of signs alone, as boards have
_ENVIRONMENT = re.compile(r"\\(begin|end)\{([A-Za-z]+\*?)\}")
_DELIMITER = re.compile(r"\\(?:left|right)\b|\\[()\[\]]")
_PAIRS = (("\\(", "\\)"), ("\\[", "\\]"), ("\\left", "\\right"))


def unbalanced_marks(text: str) -> str | None:
    """A fence, brace, environment or formula that is opened and not closed, or closed and not opened.

    What stands in code is not looked into. A dollar before a digit may be money.

    >>> unbalanced_marks("Simplify $\\\\frac{3}{4$."), unbalanced_marks("It costs $5 or $6.")
    ('a { is never closed', None)
    """
    outside = _without_fenced(text)
    if outside is None:
        return "a code fence is never closed"
    rest = _DRAWING.sub("", _CODE.sub("", outside)).replace("\\\\", " ")
    return _formulas(rest) or _braces(rest) or _dollars(rest)


def _without_fenced(text: str) -> str | None:
    """The lines outside of code fences; None where one is open at the end."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1] == fence else fence
        elif mark:
            fence = mark[1]
        else:
            lines.append(line)
    return None if fence else "\n".join(lines)


def _formulas(text: str) -> str | None:
    open_names: Counter[str] = Counter()
    for kind, name in _ENVIRONMENT.findall(text):
        open_names[name] += 1 if kind == "begin" else -1
    for name, count in open_names.items():
        if count:
            return f"\\begin{{{name}}} and \\end{{{name}}} are not as many"
    marks = Counter(_DELIMITER.findall(text))
    return next((f"{one} and {other} are not as many" for one, other in _PAIRS if marks[one] != marks[other]), None)


def _braces(text: str) -> str | None:
    depth = 0
    for mark in re.sub(r"\\[{}]", "", text):
        depth += (mark == "{") - (mark == "}")
        if depth < 0:
            return "a } closes nothing"
    return "a { is never closed" if depth else None


def _dollars(text: str) -> str | None:
    text = text.replace("\\$", "")
    if text.count("$$") % 2:
        return "a $$ is never closed"
    followers = [match[1] for match in re.finditer(r"\$(.?)", text.replace("$$", ""))]
    money = sum(follower.isdigit() for follower in followers)
    return "a $ is never closed" if len(followers) % 2 and (len(followers) - money) % 2 else None
