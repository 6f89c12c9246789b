"""The text that a task's prompt gives to work on, which some criteria compare a response with."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from generators.family import Family
from generators.instructions import form, quote, transform
from schemas import Task


def source_of(task: Task) -> str:
    """The notes, records or request that a stored task shows; "" where its family gives none.

    Nor where the payload is not one of today's version: nobody knows what such a prompt showed.
    """
    if task.family not in _SOURCES:
        return ""
    family, source = _SOURCES[task.family]
    if task.version != family.version:
        return ""
    try:
        return source(msgspec.convert(task.payload, family.instance), task.style)
    except msgspec.ValidationError:
        return ""


Source = Callable[[Any, str], str]
"""What an instance gives to work on, in a style."""

_SOURCES: Mapping[str, tuple[Family[Any, Any], Source]] = MappingProxyType(
    {
        form.FAMILY.name: (form.FAMILY, lambda request, style: form.source(request)),
        quote.FAMILY.name: (quote.FAMILY, lambda request, style: quote.source(request)),
        transform.FAMILY.name: (transform.FAMILY, transform.source),
    }
)
