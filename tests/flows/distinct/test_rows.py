"""Rows come out as they went in: with their files' types where they have any, and whatever JSON holds."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.distinct.rows import aligned, as_column, common, declared

NAMES = st.sampled_from(["id", "text", "answer", "extra"])
PLAIN = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(st.characters(exclude_categories=("Cs",)))
NESTED = PLAIN | st.lists(st.integers(0, 9), max_size=2) | st.dictionaries(st.sampled_from("ab"), PLAIN, max_size=2)
ROWS = st.lists(st.dictionaries(NAMES, NESTED, min_size=1), min_size=1, max_size=5)


def through(parts: list[list[dict[str, Any]]], schema: pa.Schema | None = None) -> list[dict[str, Any]]:
    """The rows of several shards as they come out, read from Parquet."""
    columns = [as_column(rows, schema) for rows in parts]
    one = common([pa.schema(list(column.type)) for column in columns])
    tables = [aligned(column, one) for column in columns]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.concat_tables(tables), sink)
    told: list[dict[str, Any]] = pq.read_table(pa.BufferReader(sink.getvalue())).to_pylist()
    return told


def same(told: Any, given_: Any) -> bool:
    """Equal, an absent key being null, and a value of a column that no type fits being JSON."""
    if isinstance(given_, dict) and isinstance(told, dict):
        return given_.keys() <= told.keys() and all(same(told[name], given_.get(name)) for name in told)
    if isinstance(told, str) and not isinstance(given_, str):
        return same(json.loads(told), given_)
    return bool(told == given_)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=3))
def test_whatever_json_holds_comes_out_again(parts: list[list[dict[str, Any]]]) -> None:
    told = through(parts)
    rows = [row for part in parts for row in part]
    assert len(told) == len(rows)
    assert all(same(each, row) for each, row in zip(told, rows, strict=True))


def test_a_column_of_texts_and_numbers_becomes_texts_with_the_texts_as_they_were() -> None:
    told = through([[{"answer": 7}, {"answer": None}], [{"answer": "seven"}, {"answer": [1, {"a": 2}]}]])
    assert [row["answer"] for row in told] == ["7", None, "seven", '[1,{"a":2}]']


def test_types_of_files_are_kept(tmp_path: Path) -> None:
    table = pa.table(
        {
            "n": pa.array([1, None], pa.int16()),
            "x": pa.array([0.5, 2.5], pa.float32()),
            "when": pa.array([0, 1], pa.timestamp("ms", tz="UTC")),
            "raw": pa.array([b"\x00", b""], pa.binary()),
            "prompt": pa.array([[{"role": "user", "content": "?"}], []]),
        }
    )
    strict = pa.schema([table.schema.field(0), *(field.with_nullable(False) for field in list(table.schema)[1:])])
    pq.write_table(table.cast(strict.with_metadata({b"by": b"somebody"})), tmp_path / "a.parquet")
    table = pq.ParquetFile(tmp_path / "a.parquet").read()
    schema = declared([str(tmp_path / "a.parquet")])
    assert schema is not None
    assert schema.equals(table.schema, check_metadata=True)
    assert schema.metadata == {b"by": b"somebody"}
    column = as_column(table.to_pylist(), schema)
    assert aligned(column, common([pa.schema(list(column.type))]).with_metadata(schema.metadata)).equals(table)
    (tmp_path / "b.jsonl").write_text("{}")
    assert declared([str(tmp_path / "a.parquet"), str(tmp_path / "b.jsonl")]) is None
