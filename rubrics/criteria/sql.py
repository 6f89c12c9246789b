"""Whether a response is SQL that SQLite can read, over given tables or by its grammar alone. Nothing of it is run."""

import re
import sqlite3
from contextlib import closing
from functools import partial
from math import prod
from typing import Annotated

import msgspec

from rubrics.criteria.contract import Checker, Found
from rubrics.criteria.data import of_payload

LONGEST_QUERY = 10_000
"""Characters; a longer query fails, with that reason."""
_MOST_EXPANDED = 64
_BEGINNING = re.compile(r"(?:\s|--[^\n]*\n|/\*(?:[^*]|\*(?!/))*+\*/)*+(?P<verb>[A-Za-z]+)")
_NAMED = re.compile(r"\b(\w{1,60})\s*(?:\([^()]*\)\s*)?\bAS\s*(?:NOT\s+)?(?:MATERIALIZED\s*)?\(", re.IGNORECASE)
_QUIET = re.compile(r"'[^']*'|\"[^\"]*\"|--[^\n]*|/\*(?:[\s\S]*?\*/|[\s\S]*)")
_READING = frozenset(("SELECT", "VALUES", "WITH"))
_CHANGING = frozenset(("INSERT", "UPDATE", "DELETE", "REPLACE"))

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,60}\Z")]
Columns = Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=100)]


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`tables` are the columns by table that the query may use; without any, only its grammar is looked at."""

    tables: Annotated[dict[Name, Columns], msgspec.Meta(max_length=20)] = {}

    def __post_init__(self) -> None:
        for table, columns in self.tables.items():
            if len({column.lower() for column in columns}) < len(columns):
                raise ValueError(f"table {table} has two columns of one name")
        if len({table.lower() for table in self.tables}) < len(self.tables):
            raise ValueError("two tables have one name")


def problem_of(query: str, tables: dict[str, tuple[str, ...]]) -> str | None:
    """What is wrong with an SQL statement that reads or changes rows; None where SQLite takes it.

    The grammar is looked at by making a view or a trigger of it, which resolves no name and expands nothing: two lines
    of nested WITH can otherwise grow beyond any memory.
    """
    match = _BEGINNING.match(query)
    verb = match["verb"].upper() if match else ""
    if len(query) > LONGEST_QUERY:
        return f"the query is over {LONGEST_QUERY} characters"
    if verb not in _READING | _CHANGING:
        return "it is no statement that reads or changes rows"
    body = query.strip().removesuffix(";")
    if ";" in _QUIET.sub("", body):
        return "it is more than one statement"
    with closing(sqlite3.connect(":memory:")) as database:
        database.set_authorizer(_authorized)
        try:
            database.execute("CREATE TABLE _rows (cell)")
            frame = "CREATE VIEW _seen AS {}\n" if verb in _READING else _TRIGGER
            database.execute(frame.format(body))
            if not tables:
                return None
            if expansion(query) > _MOST_EXPANDED:
                return "its WITH names more than can be looked up"
            for name in ("VIEW _seen" if verb in _READING else "TRIGGER _seen", "TABLE _rows"):
                database.execute(f"DROP {name}")
            for table, columns in tables.items():
                listed_columns = ", ".join(f'"{column}"' for column in columns)
                database.execute(f'CREATE TABLE "{table}" ({listed_columns})')
            database.execute(f"EXPLAIN {body}").close()
        except (sqlite3.Error, sqlite3.Warning, ValueError) as failure:
            return f"SQLite says: {str(failure)[:120]}"
    return None


_TRIGGER = "CREATE TRIGGER _seen AFTER INSERT ON _rows BEGIN {}\n; END"


def expansion(query: str) -> int:
    """At most how often a name is looked up when those of WITH are written out; quoted names are taken for too many."""
    names = {name.lower() for name in _NAMED.findall(query)}
    if not names:
        return 1
    if set(query) & set('"`['):
        return _MOST_EXPANDED + 1
    used = re.findall(r"\w+", query.lower())
    return prod(max(1, used.count(name) - 1) for name in names)


def _authorized(action: int, *rest: object) -> int:
    return sqlite3.SQLITE_DENY if action in _FORBIDDEN else sqlite3.SQLITE_OK


_FORBIDDEN = frozenset((sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH))


def _sql(arguments: Query, query: str) -> Found:
    problem = problem_of(query, arguments.tables)
    return Found(problem is None, problem or "it is one SQL statement")


def _sentence(asked: Query) -> str:
    tables = "; ".join(f"{table}({', '.join(columns)})" for table, columns in asked.tables.items())
    return f"Answer with one SQL statement that SQLite can read{f', over the tables {tables}' if tables else ''}."


CHECKERS = (
    Checker(name="sql", arguments=Query, check=partial(of_payload, _sql, ("sql", "sqlite")), sentence=_sentence),
)
