"""JSON files that say what they should be: a digest of the rest beside it, so that a changed bit is found."""

from typing import Any, TypeVar

import msgspec

from schemas import jsontext

StructT = TypeVar("StructT", bound=msgspec.Struct)

CHECK = "check"


def with_check(value: msgspec.Struct) -> dict[str, Any]:
    """The fields of a record, with the digest of them under `check`."""
    fields: dict[str, Any] = msgspec.to_builtins(value)
    return {**fields, CHECK: _digest(fields)}


def checked(data: bytes, record: type[StructT]) -> StructT:
    """The record that a file holds. Raises msgspec.DecodeError where it is no such record, or not as it was written.

    A file of a version that wrote no digest is taken as it is.
    """
    try:
        fields = msgspec.json.decode(data, type=dict[str, Any])
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(str(error)) from error
    told = fields.pop(CHECK, None)
    if told is not None and told != _digest(fields):
        raise msgspec.DecodeError("its digest is of other content")
    return msgspec.convert(fields, type=record)


def _digest(fields: dict[str, Any]) -> str:
    return jsontext.digest(fields)[:16]
