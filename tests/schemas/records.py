"""Values of the records, made from their type annotations: any (for hypothesis), the barest, and a full one."""

from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from hypothesis import strategies as st

LONG_COLUMNS = {"seed", "index"}

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(-(10**40), 10**40) | FINITE | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def records(record: type[Any]) -> st.SearchStrategy[Any]:
    """Any value of a record type."""
    hints = get_type_hints(record)
    return st.builds(record, **{name: _values(hints[name], name) for name in record.__struct_fields__})


def _values(hint: Any, name: str) -> st.SearchStrategy[Any]:
    if get_origin(hint) is Literal:
        return st.sampled_from(get_args(hint))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return records(hint)
    if get_origin(hint) is tuple:
        return st.lists(_values(get_args(hint)[0], name), max_size=3).map(tuple)
    if get_origin(hint) is dict:
        return st.dictionaries(TEXT, FINITE if get_args(hint)[1] is float else JSON_VALUES, max_size=3)
    if get_args(hint):
        return st.one_of([_values(choice, name) for choice in get_args(hint)])
    bits = 63 if name in LONG_COLUMNS else 31
    return {
        str: TEXT,
        bool: st.booleans(),
        int: st.integers(-(2**bits), 2**bits - 1),
        float: st.floats(allow_nan=False),
        type(None): st.none(),
    }[hint]


def sample(record: type[Any], *, full: bool) -> Any:
    """One value of a record type: every optional field, list and dict filled, or every one empty."""
    hints = get_type_hints(record)
    return record(**{name: _sample(hints[name], full) for name in record.__struct_fields__})


def _sample(hint: Any, full: bool) -> Any:
    arguments = get_args(hint)
    if get_origin(hint) is Literal:
        return arguments[0]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return sample(hint, full=full)
    if get_origin(hint) is tuple:
        return (_sample(arguments[0], full),) * 2 if full else ()
    if get_origin(hint) is dict:
        return {"a": 1.5, "b": 2.0} if full else {}
    if arguments:
        return _sample(arguments[0], full) if full else None
    return {str: "text", bool: True, int: 3, float: 0.25}[hint] if full else hint()
