"""How records are written as an answer, and read from one: JSON, CSV, a Markdown table, a list."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from generators.instructions.records import Record
from rubrics.criteria.data import UnreadableError, csv_rows, json_value
from rubrics.criteria.markdown import tables
from schemas import jsontext

Columns = tuple[str, ...]


class Layout(NamedTuple):
    """`write(columns, records)`, and `read(columns, text)`: the records of a text, None where it is not so written.

    Texts are bounded before they are read; `format` says how to write. Only where `typed` numbers are read as numbers.
    """

    write: Callable[[Columns, Sequence[Record]], str]
    read: Callable[[Columns, str], list[Record] | None]
    format: str
    typed: bool = False


def _json(columns: Columns, records: Sequence[Record]) -> str:
    pairs = (
        (f'"{column}": {jsontext.dumps(value)}' for column, value in zip(columns, row, strict=True)) for row in records
    )
    return "[\n" + ",\n".join(f"  {{{', '.join(row)}}}" for row in pairs) + "\n]"


def _read_json(columns: Columns, text: str) -> list[Record] | None:
    try:
        value = json_value(text)
    except UnreadableError:
        return None
    if not isinstance(value, list) or not all(isinstance(row, dict) and set(row) == set(columns) for row in value):
        return None
    cells = [[row[column] for column in columns] for row in value]
    if not all(type(cell) in (str, int) for row in cells for cell in row):
        return None
    return [tuple(row) for row in cells]


def _csv(columns: Columns, records: Sequence[Record]) -> str:
    return "\n".join(",".join(map(str, row)) for row in (columns, *records))


def _read_csv(columns: Columns, text: str) -> list[Record] | None:
    try:
        rows = [row for row in csv_rows(text, ",") if row]
    except UnreadableError:
        return None
    return _below_header(columns, rows)


def _table(columns: Columns, records: Sequence[Record]) -> str:
    rule = ["---"] * len(columns)
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in (columns, rule, *records))


def _read_table(columns: Columns, text: str) -> list[Record] | None:
    found = tables(text)
    lines = [line for line in text.splitlines() if line.strip()]
    if len(found) != 1 or len(lines) != len(found[0].rows) + 2:
        return None
    return _below_header(columns, [found[0].columns, *found[0].rows])


def _list(columns: Columns, records: Sequence[Record]) -> str:
    return "\n".join(
        "- " + "; ".join(f"{column}: {value}" for column, value in zip(columns, record, strict=True))
        for record in records
    )


def _read_list(columns: Columns, text: str) -> list[Record] | None:
    found: list[Record] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        pairs = [part.partition(":") for part in line.removeprefix("- ").split(";")]
        if not line.startswith("- ") or tuple(name.strip() for name, _, _ in pairs) != columns:
            return None
        found.append(tuple(value.strip() for _, _, value in pairs))
    return found


def _below_header(columns: Columns, rows: Sequence[Sequence[str]]) -> list[Record] | None:
    if not rows or tuple(rows[0]) != columns or any(len(row) != len(columns) for row in rows):
        return None
    return [tuple(row) for row in rows[1:]]


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {
        "list": Layout(_list, _read_list, 'Write a line for each record, such as "- color: red; size: 5".'),
        "csv": Layout(_csv, _read_csv, "Write CSV: a line with the names of the fields, then a line for each record."),
        "table": Layout(_table, _read_table, "Write a Markdown table whose columns are the fields."),
        "json": Layout(
            _json,
            _read_json,
            "Write a JSON list of objects, one for each record, with numbers as JSON numbers.",
            typed=True,
        ),
    }
)
