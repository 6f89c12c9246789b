"""Readers of answers: strict, bounded, and unable to execute anything. Each returns None for malformed text.

Only ASCII digits are digits; a minus is `-`, U+2212 or a hyphen or dash that stands for it. No reader accepts an
operation: `3 + 4` is not a number. Two values where one is asked are malformed.
Every reader takes time linear in the text.
"""

import re
from fractions import Fraction
from math import gcd

LONGEST_NUMBER = 4000
"""Characters of one number; longer ones are malformed. Python reads and writes integers of up to 4,300 digits."""

MOST_ITEMS = 10_000
"""Items of one list, map or grid; more are malformed."""

_COUNT = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_INTEGER = re.compile(rf"(?P<sign>[+-]?) ?(?P<whole>{_COUNT})\.?")
_DECIMAL = re.compile(rf"(?P<sign>[+-]?) ?(?P<whole>{_COUNT}?)\.(?P<places>[0-9]+)\.?")
_RATIO = re.compile(rf"(?P<sign>[+-]?) ?(?:(?P<whole>{_COUNT}) )?(?P<top>{_COUNT}) ?/ ?(?P<bottom>{_COUNT})\.?")
_LATEX_RATIO = re.compile(r"\\[dt]?frac ?(?:\{ ?(-?[0-9,]+) ?\} ?\{ ?([0-9,]+) ?\}|([0-9]) ?([0-9])(?![0-9]))")
_SPACES = re.compile(r"\s+")
_WRAPPERS = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"))
_BRACKETS = (("\\{", "\\}"), ("{", "}"), ("(", ")"), ("[", "]"), ("\\left(", "\\right)"), ("\\left\\{", "\\right\\}"))
_QUOTES = frozenset("\"'`")
_ITEM_BREAK = re.compile(r"\s?(?:[,;]\s?(?:(?:and|or)\s)?|\n(?:(?:and|or)\s)?|\b(?:and|or)\b)\s?")  # tidy text only
_TOKEN_BREAK = re.compile(r"\s?(?:,|;|->|→|=>|\||\\to\b|\\rightarrow\b)\s?|\s")  # tidy text only
_ASSIGNMENT = re.compile(r"(?P<quote>[\"'`]?)(?P<name>[^\W\d][\w .'-]{0,63}?)(?P=quote) ?[=:] ?(?P<value>[^=]{1,4000})")
_LATEX_SPACE = re.compile(r"\\(?:qquad\b|quad\b|[;:! ]|,(?!\d))")
_MARKER = re.compile(r"(?:[-*•]|(?P<number>[0-9]{1,4})[.)]) ")
_EMPHASIS = re.compile(r"\*\*([^*]+)\*\*|`([^`]+)`")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"))
_SUBSCRIPT = re.compile(r"_\{(\w+)\}")


def integer(text: str) -> int | None:
    """A whole number: `42`, `-7`, `1,234`; no decimals, no fractions.

    >>> integer("−1,234"), integer("12.0"), integer("3 + 4")
    (-1234, None, None)
    """
    match = _INTEGER.fullmatch(_plain(text))
    return None if match is None else _signed(match["sign"], _count(match["whole"]))


def rational(text: str, *, lowest_terms: bool = False) -> Fraction | None:
    r"""An exact number: an integer, a decimal, a fraction `3/4`, a mixed number `1 1/2` or a LaTeX fraction.

    With `lowest_terms`, a fraction that can be reduced is malformed, and so is one over 1: so that the question
    `6 / 4` is no answer to itself. A mixed number needs a proper fraction.

    >>> rational(r"-\frac{3}{4}"), rational("2 1/2"), rational("0.25"), rational("6/4", lowest_terms=True)
    (Fraction(-3, 4), Fraction(5, 2), Fraction(1, 4), None)
    """
    plain = _LATEX_RATIO.sub(_ratio_text, _plain(text), count=1)
    if match := _INTEGER.fullmatch(plain):
        return Fraction(_signed(match["sign"], _count(match["whole"])))
    if match := _DECIMAL.fullmatch(plain):
        places = match["places"]
        tenths = _count(match["whole"] or "0") * 10 ** len(places) + int(places)
        return Fraction(_signed(match["sign"], tenths), 10 ** len(places))
    if match := _RATIO.fullmatch(plain):
        whole, top, bottom = _count(match["whole"] or "0"), _count(match["top"]), _count(match["bottom"])
        if bottom == 0 or (match["whole"] and top >= bottom):
            return None
        if lowest_terms and (bottom == 1 or gcd(top, bottom) != 1):
            return None
        return Fraction(_signed(match["sign"], whole * bottom + top), bottom)
    return None


def integers(text: str) -> tuple[int, ...] | None:
    """Whole numbers separated by commas, semicolons, spaces or line breaks, in brackets or not.

    A comma always separates here: `1,234` is two numbers.
    """
    found = tokens(text)
    if found is None:
        return None
    values = tuple(None if "," in token or token.endswith(".") else integer(token) for token in found)
    return None if None in values else tuple(value for value in values if value is not None)


def rationals(text: str, *, name: str | None = None, most: int = MOST_ITEMS) -> tuple[Fraction, ...] | None:
    """Exact numbers separated by commas, semicolons, line breaks, `and` or `or`, in brackets or not; `most` of them.

    With `name`, any of them may be written as `name = number`. A comma always separates here.

    >>> rationals("{1, -1/2}"), rationals("x = 1 or x = 2", name="x"), rationals("1, 2 + 3")
    ((Fraction(1, 1), Fraction(-1, 2)), (Fraction(1, 1), Fraction(2, 1)), None)
    """
    found = items(text)
    if found is None or len(found) > most:
        return None
    values: list[Fraction] = []
    for item in found:
        value = rational(_unnamed(item, name))
        if value is None:
            return None
        values.append(value)
    return tuple(values)


def items(text: str) -> tuple[str, ...] | None:
    """Texts separated by commas, semicolons, line breaks, `and` or `or`, in brackets or not; none is empty.

    >>> items("[red, light blue and green]")
    ('red', 'light blue', 'green')
    """
    parts = [_unquoted(_unwrapped(part)) for part in _ITEM_BREAK.split(_unbracketed(text))]
    return tuple(parts) if all(parts) and len(parts) <= MOST_ITEMS else None


def tokens(text: str) -> tuple[str, ...] | None:
    """Tokens separated by spaces, line breaks, commas, semicolons, bars or arrows, in brackets or not; at least one.

    >>> tokens("A -> B -> C"), tokens('["up", "left"]'), tokens("a,,b")
    (('A', 'B', 'C'), ('up', 'left'), None)
    """
    parts = [_unquoted(part) for part in _TOKEN_BREAK.split(_unbracketed(text))]
    return tuple(parts) if all(parts) and len(parts) <= MOST_ITEMS else None


def entries(text: str) -> list[str]:
    """The lines of a list (`;` parts them too), without blank ones, bullets, emphasis, closing full stops and needless
    spaces.

    Numbers before the lines are dropped where they count all lines from 1.

    >>> entries("1. A to B\\n2. **B to C**."), entries("- up\\n\\n- down"), entries("1. up\\n3. down")
    (['A to B', 'B to C'], ['up', 'down'], ['1. up', '3. down'])
    """
    lines = [" ".join(line.split()) for line in re.split(r"[\n;]", text) if line.strip()]
    marks = [_MARKER.match(line) for line in lines]
    numbers = [mark["number"] for mark in marks if mark]
    bulleted = not any(numbers) or numbers == [str(place) for place in range(1, len(lines) + 1)]
    if len(numbers) == len(lines) and bulleted:
        lines = [line[mark.end() :] for line, mark in zip(lines, marks, strict=True) if mark]
    return [_unstopped(_unquoted(_unstopped(line))) for line in lines]


def grid(text: str, *, width: int | None = None) -> tuple[tuple[str, ...], ...] | None:
    """Rows of tokens: a row a line, or rows in brackets, or rows separated by semicolons on one line.

    With `width`, every row must have that many cells, and one word of that many characters is a row of characters.

    >>> grid("1 2\\n3 4"), grid("[[1, 2], [3, 4]]"), grid("12\\n34", width=2)
    ((('1', '2'), ('3', '4')), (('1', '2'), ('3', '4')), (('1', '2'), ('3', '4')))
    """
    body = _tidy(text)
    if re.match(r"\[\s?\[", body) and re.search(r"\]\s?\]\Z", body):
        lines = re.split(r"\]\s?,?\s?\[", body[1:-1].strip()[1:-1])
    else:
        lines = body.split("\n" if "\n" in body else ";")
    if not lines or len(lines) > MOST_ITEMS:
        return None
    rows: list[tuple[str, ...]] = []
    for line in lines:
        row = tokens(line.strip().strip("|"))
        if row is None:
            return None
        if width is not None and len(row) == 1 and len(row[0]) == width:
            row = tuple(row[0])
        if width is not None and len(row) != width:
            return None
        rows.append(row)
    return tuple(rows)


def assignments(text: str) -> dict[str, str] | None:
    """`name = value` pairs (or `name: value`) separated by commas, semicolons, line breaks or `and`.

    A name given twice is malformed, even with one value. LaTeX subscripts `x_{1}` read as `x_1`.

    >>> assignments("x = 2, y = -1/2"), assignments("x = 2, x = 3")
    ({'x': '2', 'y': '-1/2'}, None)
    """
    found = items(text)
    if found is None:
        return None
    values: dict[str, str] = {}
    for item in found:
        match = _ASSIGNMENT.fullmatch(_SPACES.sub(" ", _SUBSCRIPT.sub(r"_\1", item)))
        if match is None or match["name"] in values:
            return None
        values[match["name"]] = _unquoted(match["value"].strip())
    return values


def _plain(text: str) -> str:
    """One number's text without wrappers, with ASCII signs and single spaces; empty when it is too long."""
    if len(text) > LONGEST_NUMBER:
        return ""
    grouped = _unwrapped(text).replace("{,}", ",").replace("\\,", ",")
    return _SPACES.sub(" ", grouped.translate(_DASHES))


def _tidy(text: str) -> str:
    """Stripped, ASCII minus, each run of white space, in LaTeX too, one line break if it has one, else one space."""
    spaced = _LATEX_SPACE.sub(" ", text.strip().replace("\\\\", "\n")) if "\\" in text else text.strip()
    return _SPACES.sub(lambda run: "\n" if "\n" in run[0] else " ", spaced.strip()).translate(_DASHES)


def _count(digits: str) -> int:
    return int(digits.replace(",", ""))


def _signed(sign: str, size: int) -> int:
    return -size if sign == "-" else size


def _ratio_text(match: re.Match[str]) -> str:
    top, bottom = match[1] or match[3], match[2] or match[4]
    lead = " " if match.start() and match.string[match.start() - 1].isdigit() else ""
    return f"{lead}{top}/{bottom}"


def _unnamed(item: str, name: str | None) -> str:
    left, equals, right = item.partition("=")
    return right.strip() if equals and name is not None and left.strip() == name else item


def _unwrapped(text: str) -> str:
    """Without the maths delimiters around it, if any."""
    text = text.strip()
    for left, right in _WRAPPERS:
        if len(text) > len(left + right) and text.startswith(left) and text.endswith(right):
            inside = text[len(left) : -len(right)]
            return text if right in inside else inside.strip()
    return text


def _unbracketed(text: str) -> str:
    """Tidy text without maths delimiters and one pair of brackets around all of it, if any."""
    text = _unwrapped(_unstopped(_tidy(text)))
    for left, right in _BRACKETS:
        if text.startswith(left) and text.endswith(right) and _closes_at_end(text, left, right):
            return text[len(left) : -len(right)].strip()
    return text


def _closes_at_end(text: str, left: str, right: str) -> bool:
    depth = 0
    for mark in re.finditer(f"{re.escape(left)}|{re.escape(right)}", text):
        depth += 1 if mark[0] == left else -1
        if depth == 0:
            return mark.end() == len(text)
    return False


def _unquoted(text: str) -> str:
    if len(text) > 2 and text[0] in _QUOTES and text.find(text[0], 1) == len(text) - 1:
        return text[1:-1]
    emphasis = _EMPHASIS.fullmatch(text)
    return text if emphasis is None else emphasis[1] or emphasis[2]


def _unstopped(text: str) -> str:
    """Without the full stop that ends a sentence."""
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text
