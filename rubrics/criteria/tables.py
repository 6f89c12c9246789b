"""Pipe tables in a response: their columns and rows, the order of a column, and its sum."""

from fractions import Fraction
from typing import Literal

import msgspec

from rubrics.criteria.amounts import Count, Phrase, Phrases, number_of
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.keywords import listed
from rubrics.criteria.markdown import Table, tables
from rubrics.criteria.numbers import numbers
from rubrics.criteria.text import folded, lines, visible, written_out


class Columns(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`columns` are the names in order; `rows` the number of rows below them."""

    columns: Phrases
    rows: Count | None = None


class Sorted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    column: Phrase
    order: Literal["ascending", "descending"] = "ascending"
    by: Literal["text", "number"] = "text"


class SortedLines(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    order: Literal["ascending", "descending"] = "ascending"


class Sum(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last row must hold the sum of the rows above it."""

    column: Phrase


def _only_table(subject: Subject) -> Table | str:
    """The response's one table, or what is wrong."""
    found = tables(subject.response)
    return found[0] if len(found) == 1 else f"there are {len(found)} tables; asked: one"


def _uneven(table: Table) -> str | None:
    """What is wrong with the first row that has not one cell for each column."""
    place = next((at for at, row in enumerate(table.rows, 1) if len(row) != len(table.columns)), None)
    return f"row {place} has another number of cells" if place is not None else None


def _column(subject: Subject, name: str) -> list[str] | str:
    """The cells of the column of a name in the response's one table, or what is wrong."""
    table = _only_table(subject)
    if isinstance(table, str):
        return table
    places = [at for at, column in enumerate(table.columns) if folded(column) == folded(name)]
    if len(places) != 1:
        return f"there are {len(places)} columns {name!r}"
    return _uneven(table) or [row[places[0]] for row in table.rows]


def _table(arguments: Columns, subject: Subject) -> Found:
    table = _only_table(subject)
    if isinstance(table, str):
        return Found(False, table)
    if [folded(column) for column in table.columns] != [folded(column) for column in arguments.columns]:
        return Found(False, f"the columns are: {listed(table.columns)[:120]}")
    uneven = _uneven(table)
    if uneven is not None:
        return Found(False, uneven)
    return Found(arguments.rows in (None, len(table.rows)), f"there are {len(table.rows)} rows")


def _value(cell: str) -> Fraction | None:
    """The one number of a cell."""
    found = numbers(visible(written_out(cell)))
    return found[0].value if len(found) == 1 else None


def _values(subject: Subject, name: str) -> list[Fraction] | str:
    """The numbers of a column, or what is wrong."""
    cells = _column(subject, name)
    if isinstance(cells, str):
        return cells
    values = [_value(cell) for cell in cells]
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else f"row {values.index(None) + 1} has no single number in {name!r}"


def _sorted(arguments: Sorted, subject: Subject) -> Found:
    if arguments.by == "number":
        values = _values(subject, arguments.column)
        return Found(False, values) if isinstance(values, str) else _in_order(values, arguments.order)
    cells = _column(subject, arguments.column)
    return (
        Found(False, cells) if isinstance(cells, str) else _in_order([folded(cell) for cell in cells], arguments.order)
    )


def _sorted_lines(arguments: SortedLines, subject: Subject) -> Found:
    found = [folded(line) for line in lines(subject.response)]
    return _in_order(found, arguments.order)


def _in_order(values: list[str] | list[Fraction], order: str) -> Found:
    wanted = sorted(values, reverse=order == "descending")
    wrong = next((at for at, (own, right) in enumerate(zip(values, wanted, strict=True), 1) if own != right), None)
    if wrong is not None:
        return Found(False, f"place {wrong} should have {str(wanted[wrong - 1])[:60]!r}")
    return Found(bool(values), "they are in order" if values else "there is nothing")


def _sum(arguments: Sum, subject: Subject) -> Found:
    values = _values(subject, arguments.column)
    if isinstance(values, str):
        return Found(False, values)
    if len(values) < 3:
        return Found(False, "a sum needs two rows above it")
    right = sum(values[:-1]) == values[-1]
    return Found(right, f"the last row is {'' if right else 'not '}the sum of the {len(values) - 1} above it")


def _table_sentence(asked: Columns) -> str:
    rows = f" and {number_of(asked.rows, 'row', 'rows')}" if asked.rows is not None else ""
    return f"Give one Markdown table with the columns {listed(asked.columns)}{rows}."


CHECKERS = (
    Checker(
        name="table",
        arguments=Columns,
        check=_table,
        sentence=_table_sentence,
    ),
    Checker(
        name="table_sorted",
        arguments=Sorted,
        check=_sorted,
        sentence=lambda asked: (
            f'Give one Markdown table whose column "{asked.column}" is in {asked.order} order'
            f"{' of its numbers' if asked.by == 'number' else ''}."
        ),
    ),
    Checker(
        name="table_sum",
        arguments=Sum,
        check=_sum,
        sentence=lambda asked: (
            f'Give one Markdown table whose last row has the sum of the column "{asked.column}" above it.'
        ),
    ),
    Checker(
        name="lines_sorted",
        arguments=SortedLines,
        check=_sorted_lines,
        sentence=lambda asked: (
            f"Put the lines in {'' if asked.order == 'ascending' else 'reverse '}alphabetical order."
        ),
    ),
)
