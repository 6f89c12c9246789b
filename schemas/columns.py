"""The column types that records share."""

import pyarrow as pa

JSON_MARK = {b"taskmill.type": b"json"}

MESSAGE = pa.struct([pa.field("role", pa.string()), pa.field("content", pa.string())])


def json_column(name: str) -> pa.Field:
    """A string column that holds canonical JSON (sorted keys, no spaces), marked so in its metadata."""
    return pa.field(name, pa.string(), nullable=False, metadata=JSON_MARK)


def is_json(field: pa.Field) -> bool:
    return field.metadata is not None and field.metadata.get(b"taskmill.type") == b"json"


def message_list(name: str) -> pa.Field:
    """Chat messages, as the ecosystem stores them: list<struct<role, content>>."""
    return pa.field(name, pa.list_(MESSAGE), nullable=False)
