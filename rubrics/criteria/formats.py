"""Whether a response is, or holds in its one fenced block, data of a format: JSON, JSON of a shape, XML, CSV."""

from functools import partial
from typing import Annotated, Any, Literal

import msgspec

from rubrics.criteria.amounts import Count, Nothing, Phrases, number_of
from rubrics.criteria.contract import Checker, Found
from rubrics.criteria.data import csv_rows, json_value, of_payload, xml_names
from rubrics.criteria.keywords import listed
from rubrics.criteria.schema import misfit, prove_schema, size_of

MOST_COMPARED = 50_000
"""Values times rules of a schema; beyond, a response fails, with that reason."""

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}


class Keys(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With `only`, there may be no other keys."""

    keys: Phrases
    only: bool = False


class Shape(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`schema` is a JSON Schema; see `schema` for the keywords that are read."""

    schema: dict[str, Any]

    def __post_init__(self) -> None:
        prove_schema(self.schema)


class Items(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at_least: Count = 0
    at_most: Count = 100_000

    def __post_init__(self) -> None:
        if self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least} is above at_most {self.at_most}; no number fits")


class Root(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    root: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][\w.-]{0,60}\Z")] | None = None


class Values(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`columns` are the names in the first row, in order."""

    columns: Phrases
    rows: Count | None = None
    delimiter: Literal["comma", "semicolon", "tab"] = "comma"


def _json(arguments: Nothing, text: str) -> Found:
    json_value(text)
    return Found(True, "it is JSON")


def _keys(arguments: Keys, text: str) -> Found:
    value = json_value(text)
    if not isinstance(value, dict):
        return Found(False, "it is no JSON object")
    missing = tuple(key for key in arguments.keys if key not in value)
    if missing:
        return Found(False, f"missing keys: {listed(missing)}")
    other = sorted(set(value) - set(arguments.keys)) if arguments.only else []
    return Found(not other, f"there is another key: {other[0][:60]!r}" if other else "the keys are there")


def _array(arguments: Items, text: str) -> Found:
    value = json_value(text)
    if not isinstance(value, list):
        return Found(False, "it is no JSON array")
    return Found(arguments.at_least <= len(value) <= arguments.at_most, f"it has {len(value)} items")


def _shape(arguments: Shape, text: str) -> Found:
    value = json_value(text)
    if size_of(value) * prove_schema(arguments.schema) > MOST_COMPARED:
        return Found(False, "it is too large to be compared with the schema")
    problem = misfit(arguments.schema, value)
    return Found(problem is None, problem or "it fits the schema")


def _xml(arguments: Root, text: str) -> Found:
    root = xml_names(text)[0]
    holds = arguments.root in (None, root)
    return Found(holds, f"its root is {root[:60]}")


def _csv(arguments: Values, text: str) -> Found:
    rows = csv_rows(text, _DELIMITERS[arguments.delimiter])
    columns = rows[0] if rows else []
    if columns != list(arguments.columns):
        return Found(False, f"the first row is: {', '.join(columns)[:80]}")
    for place, row in enumerate(rows[1:], 1):
        if len(row) != len(columns):
            return Found(False, f"row {place} has {len(row)} values for {len(columns)} columns")
    return Found(arguments.rows in (None, len(rows) - 1), f"rows below the names: {len(rows) - 1}")


def _csv_sentence(asked: Values) -> str:
    rows = f" and {number_of(asked.rows, 'row', 'rows')}" if asked.rows is not None else ""
    kept = f"separated by {asked.delimiter}s, alone or in one fenced block"
    return f"Answer as CSV, {kept}, with the columns {listed(asked.columns)}{rows}."


def _items_sentence(asked: Items) -> str:
    if asked.at_least == asked.at_most:
        return f"Answer with a JSON array of exactly {asked.at_least} items."
    most = f" and at most {asked.at_most}" if asked.at_most < 100_000 else ""
    return f"Answer with a JSON array of at least {asked.at_least}{most} items."


CHECKERS = (
    Checker(
        name="json",
        arguments=Nothing,
        check=partial(of_payload, _json, ("json",)),
        sentence=lambda asked: "Answer with JSON, alone or in one fenced block.",
    ),
    Checker(
        name="json_keys",
        arguments=Keys,
        check=partial(of_payload, _keys, ("json",)),
        sentence=lambda asked: (
            f"Answer with a JSON object with {'exactly ' if asked.only else ''}these keys: {listed(asked.keys)}."
        ),
    ),
    Checker(name="json_array", arguments=Items, check=partial(of_payload, _array, ("json",)), sentence=_items_sentence),
    Checker(
        name="json_schema",
        arguments=Shape,
        check=partial(of_payload, _shape, ("json",)),
        sentence=lambda asked: (
            f"Answer with JSON that fits this JSON Schema: {msgspec.json.encode(asked.schema).decode()}."
        ),
    ),
    Checker(
        name="xml",
        arguments=Root,
        check=partial(of_payload, _xml, ("xml", "html", "svg")),
        sentence=lambda asked: (
            f"Answer with well-formed XML{f' whose root is <{asked.root}>' if asked.root else ''}, "
            "alone or in one fenced block."
        ),
    ),
    Checker(name="csv", arguments=Values, check=partial(of_payload, _csv, ("csv", "tsv")), sentence=_csv_sentence),
)
