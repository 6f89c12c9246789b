"""Rows as they were, in columns of Arrow: with the types of their files where those have types, else with types that
hold every value; what no one type holds becomes JSON text."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store.files import at


def declared(urls: Sequence[str]) -> pa.Schema | None:
    """The schema of files that all say theirs; None where one does not, or they don't go together."""
    found = [_schema_of(url) for url in urls]
    schemas = [schema for schema in found if schema is not None]
    if not schemas or len(schemas) < len(found):
        return None
    try:
        one = pa.unify_schemas(schemas, promote_options="permissive")
    except pa.ArrowException:
        return None
    return one if all(schema.metadata == one.metadata for schema in schemas) else one.remove_metadata()


def as_column(rows: Sequence[Mapping[str, Any]], schema: pa.Schema | None) -> pa.StructArray:
    """(N,) the rows as structs, a key that a row lacks being null in it."""
    if schema is not None:
        try:
            return pa.array([dict(row) for row in rows], type=pa.struct(list(schema)))
        except (pa.ArrowException, ValueError):
            pass  # a type that Arrow reads and can't build from values: these are stored by theirs
    names = dict.fromkeys(name for row in rows for name in row)
    columns = [_inferred([row.get(name) for row in rows]) for name in names]
    return pa.StructArray.from_arrays(columns, names=list(names))


def common(schemas: Sequence[pa.Schema]) -> pa.Schema:
    """A type for each column that holds what it holds in any of the schemas; text where there is no other."""
    fields: dict[str, list[pa.Field]] = {}
    for schema in schemas:
        for field in schema:
            fields.setdefault(field.name, []).append(field)
    return pa.schema([_one_field(each, len(schemas)) for each in fields.values()])


def aligned(column: pa.StructArray, schema: pa.Schema) -> pa.Table:
    """The rows as a table of this schema."""
    there = {field.name: column.field(at_) for at_, field in enumerate(column.type)}
    return pa.table([_as(there.get(field.name), field.type, len(column)) for field in schema], schema=schema)


def _schema_of(url: str) -> pa.Schema | None:
    with at(url) as (fs, path):
        if url.endswith(".parquet"):
            with fs.open(path, "rb") as file:
                return pq.read_schema(file)
        if url.endswith(".arrow"):
            with fs.open(path, "rb") as file, pa.ipc.open_stream(file) as stream:
                return stream.schema
    return None


def _inferred(values: Sequence[Any]) -> pa.Array:
    try:
        column = pa.array(values)
    except (pa.ArrowException, OverflowError, ValueError):
        return _texts(values)
    return column if _storable(column.type) else _texts(values)


def _storable(kind: pa.DataType) -> bool:
    """Whether Parquet can write the type: it has no structs without fields."""
    if pa.types.is_struct(kind):
        return kind.num_fields > 0 and all(_storable(field.type) for field in kind)
    return _storable(kind.value_type) if pa.types.is_list(kind) else True


def _one_field(fields: Sequence[pa.Field], schemas: int) -> pa.Field:
    if len(fields) == schemas and all(field.equals(fields[0], check_metadata=True) for field in fields):
        return fields[0]
    return pa.field(fields[0].name, _one_type([field.type for field in fields]))


def _one_type(types: Sequence[pa.DataType]) -> pa.DataType:
    try:
        fields = [pa.schema([pa.field("one", kind)]) for kind in dict.fromkeys(types)]
        return pa.unify_schemas(fields, promote_options="permissive").field("one").type
    except pa.ArrowException:
        return pa.string()


def _as(column: pa.Array | None, kind: pa.DataType, count: int) -> pa.Array:
    if column is None:
        return pa.nulls(count, kind)
    if column.type == kind:
        return column
    try:
        return _texts(column.to_pylist()) if pa.types.is_string(kind) else pa.array(column.to_pylist(), type=kind)
    except (pa.ArrowException, OverflowError, ValueError) as error:
        raise AssertionError(f"a type that holds all values does not hold one: {error}") from error


def _texts(values: Sequence[Any]) -> pa.Array:
    told = [
        value if value is None or isinstance(value, str) else msgspec.json.encode(value).decode() for value in values
    ]
    return pa.array(told, type=pa.string())
