"""Rows of ours in the files of others: their problem is told by the family, whatever trainer the file is for."""

from collections.abc import Mapping
from typing import Any

import msgspec

from generators.family import canonical_key
from generators.registry import family_named

_INSIDE = ("extra_info", "label", "info")
"""Columns in which the formats of trainers keep what a verifier needs, as an object or as JSON text."""


def canonical_of(values: Mapping[str, Any]) -> str:
    """The canonical key of a row that has `family` and `payload`, beside each other or in a nested column, as the
    family of today says it; "" where there is no such family, or it can't read the payload."""
    for each in (values, *(_object(values.get(name)) for name in _INSIDE)):
        name, payload = each.get("family"), _object(each.get("payload"))
        if isinstance(name, str) and payload:
            return _of_payload(name, payload)
    return ""


def _of_payload(name: str, payload: Mapping[str, Any]) -> str:
    try:
        family = family_named(name)
        return canonical_key(family, msgspec.convert(payload, family.instance))
    except Exception:  # noqa: BLE001 - a payload that somebody changed may be no instance of the family
        return ""


def _object(value: Any) -> Mapping[str, Any]:
    if isinstance(value, str) and value.startswith("{"):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return {}
    return value if isinstance(value, Mapping) else {}
