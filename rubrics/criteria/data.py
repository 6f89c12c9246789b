"""Data in a response, read within bounds: the JSON, XML or CSV that it is or that its one fenced block holds."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any, Never, TypeVar
from xml.parsers import expat

from rubrics.criteria.contract import Found, Subject
from rubrics.criteria.markdown import code_blocks

DEEPEST = 64
"""Levels that a value may be nested."""
LONGEST_NUMBER = 400
"""Digits of a number in JSON."""

ArgumentsT = TypeVar("ArgumentsT")


class UnreadableError(Exception):
    """Why a text is not the data it should be, in words."""


def payload(response: str, *languages: str) -> str:
    """The text of the data: of the one fenced block where there is one, else the whole response.

    Raises UnreadableError for several blocks, an open one, or one in another language.
    """
    blocks = code_blocks(response)
    if not blocks:
        return response.strip()
    if len(blocks) > 1:
        raise UnreadableError(f"there are {len(blocks)} fenced blocks; one is asked")
    [block] = blocks
    if not block.closed:
        raise UnreadableError("the fenced block does not end")
    if block.language and block.language not in languages:
        raise UnreadableError(f"the fenced block is marked as {block.language}")
    return block.code.strip()


def of_payload(
    rule: Callable[[ArgumentsT, str], Found], languages: tuple[str, ...], arguments: ArgumentsT, subject: Subject
) -> Found:
    """What a rule finds in the text of the data; what can't be read does not hold."""
    try:
        return rule(arguments, payload(subject.response, *languages))
    except UnreadableError as failure:
        return Found(False, str(failure))


def json_value(text: str) -> Any:
    """The value of strict JSON: no second key of one name, no NaN. Raises UnreadableError."""
    _bounded(text)
    try:
        return json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number, parse_int=_integer)
    except (ValueError, RecursionError) as failure:
        raise UnreadableError(f"it is not JSON: {str(failure)[:120]}") from None


def _bounded(text: str) -> None:
    """Refuses brackets that are nested deeper than any value should be, those in texts included."""
    depth = 0
    inside = escaped = False
    for each in text:
        if escaped:
            escaped = False
        elif each == '"':
            inside = not inside
        elif inside:
            escaped = each == "\\"
        elif each in "[{":
            depth += 1
            if depth > DEEPEST:
                raise UnreadableError(f"it is nested more than {DEEPEST} deep")
        elif each in "]}":
            depth -= 1


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a key is given twice")
    return value


def _no_number(constant: str) -> Never:
    raise ValueError(f"{constant} is no JSON number")


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"a number has more than {LONGEST_NUMBER} digits")
    return int(digits)


def xml_names(text: str) -> list[str]:
    """The names of well-formed XML's elements, the root's first. Raises UnreadableError; definitions are refused."""
    names: list[str] = []
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise UnreadableError(f"it is nested more than {DEEPEST} deep")
        names.append(name)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1

    def defined(*parts: object) -> None:
        raise UnreadableError("it defines a document type, which is not allowed")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.StartDoctypeDeclHandler = defined
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as failure:
        raise UnreadableError(f"it is not XML: {failure}") from None
    return names


def csv_rows(text: str, delimiter: str) -> list[list[str]]:
    """The rows of comma-separated values, the names first; blank lines are none. Raises UnreadableError."""
    try:
        rows = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        return [[cell.strip() for cell in row] for row in rows if row]
    except csv.Error as failure:
        raise UnreadableError(f"it is not CSV: {failure}") from None
