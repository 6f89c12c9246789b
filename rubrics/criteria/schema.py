"""JSON Schema, the part that describes answers: types, properties, items, bounds, choices; no references.

Patterns are searched by the engine of `patterns`, which never backtracks.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from rubrics.criteria.data import DEEPEST
from rubrics.criteria.patterns import compiled

MOST_RULES = 1_000
_DEEPEST = 16
_PATTERN_COST = 10
"""Rules that the search of a pattern is as dear as."""


def prove_schema(schema: Any, place: str = "schema", depth: int = 0) -> int:
    """How many rules a schema has, dear ones counted more. Raises ValueError for what can't be read, with its place."""
    if isinstance(schema, bool):
        return 1
    if not isinstance(schema, dict):
        raise ValueError(f"{place}: expected a mapping, found {type(schema).__name__}")
    if depth > _DEEPEST:
        raise ValueError(f"{place}: nested more than {_DEEPEST} deep")
    rules = 1
    for keyword, value in schema.items():
        here = f"{place}.{keyword}"
        if keyword in _NOTES:
            continue
        if keyword not in _SHAPES:
            raise ValueError(f"{here}: this keyword is not read; there is: {', '.join(sorted(_SHAPES))}")
        if not _SHAPES[keyword](value):
            raise ValueError(f"{here}: {str(value)[:60]} can't stand here")
        if keyword == "pattern":
            compiled(value)
            rules += _PATTERN_COST
        if keyword in ("enum", "const"):
            rules += size_of(value)
        for name, part in _parts(keyword, value):
            rules += prove_schema(part, f"{here}{name}", depth + 1)
    if rules > MOST_RULES:
        raise ValueError(f"{place}: more than {MOST_RULES} rules")
    return rules


def size_of(value: Any, depth: int = 0) -> int:
    """How many values a JSON value holds, itself among them. Raises ValueError where it is nested too deep."""
    if depth > DEEPEST:
        raise ValueError(f"a value is nested more than {DEEPEST} deep")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return 1 + sum(size_of(part, depth + 1) for part in parts)


def _parts(keyword: str, value: Any) -> list[tuple[str, Any]]:
    """The schemas within a keyword's value."""
    if keyword == "properties":
        return [(f".{name}", part) for name, part in value.items()]
    if keyword in ("anyOf", "allOf", "prefixItems"):
        return [(f"[{place}]", part) for place, part in enumerate(value)]
    return [("", value)] if keyword in ("items", "additionalProperties") else []


def misfit(schema: Any, value: Any, place: str = "$") -> str | None:
    """The first rule of a proved schema that a JSON value breaks, with its place; None where it fits.

    >>> misfit({"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}}, {"age": -1})
    '$.age: -1 is below 0'
    """
    if isinstance(schema, bool):
        return None if schema else f"{place}: nothing may stand here"
    for keyword, rule in schema.items():
        problem = _RULES[keyword](rule, value, place, schema) if keyword in _RULES else None
        if problem is not None:
            return problem
    return None


def _is_type(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    if name == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _TYPES[name])


def _type(names: Any, value: Any, place: str, schema: Any) -> str | None:
    wanted = [names] if isinstance(names, str) else names
    if any(_is_type(name, value) for name in wanted):
        return None
    return f"{place}: expected {' or '.join(wanted)}, found {_shown(value)}"


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal; true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


def _enum(choices: Any, value: Any, place: str, schema: Any) -> str | None:
    return None if any(same(each, value) for each in choices) else f"{place}: {_shown(value)} is none of the choices"


def _properties(parts: Any, value: Any, place: str, schema: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    found = (misfit(part, value[name], f"{place}.{name}") for name, part in parts.items() if name in value)
    return next((problem for problem in found if problem), None)


def _required(names: Any, value: Any, place: str, schema: Any) -> str | None:
    missing = [name for name in names if name not in value] if isinstance(value, dict) else []
    return f"{place}: lacks {missing[0]!r}" if missing else None


def _additional(part: Any, value: Any, place: str, schema: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    named = schema.get("properties", {})
    found = (misfit(part, each, f"{place}.{name[:40]}") for name, each in value.items() if name not in named)
    return next((problem for problem in found if problem), None)


def _prefix(parts: Any, value: Any, place: str, schema: Any) -> str | None:
    pairs = zip(parts, value, strict=False) if isinstance(value, list) else ()
    found = (misfit(part, each, f"{place}[{at}]") for at, (part, each) in enumerate(pairs))
    return next((problem for problem in found if problem), None)


def _items(part: Any, value: Any, place: str, schema: Any) -> str | None:
    first = len(schema.get("prefixItems", ()))
    rest = list(enumerate(value))[first:] if isinstance(value, list) else []
    found = (misfit(part, each, f"{place}[{at}]") for at, each in rest)
    return next((problem for problem in found if problem), None)


def _unique(asked: Any, value: Any, place: str, schema: Any) -> str | None:
    if not asked or not isinstance(value, list):
        return None
    written = [json.dumps(_plain(each), sort_keys=True) for each in value]
    return None if len(set(written)) == len(written) else f"{place}: an item is there twice"


def _plain(value: Any) -> Any:
    """A JSON value in which 1.0 is 1."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _any_of(parts: Any, value: Any, place: str, schema: Any) -> str | None:
    problems = [misfit(part, value, place) for part in parts]
    return None if None in problems else f"{place}: fits none of {len(parts)} shapes; {problems[0]}"


def _all_of(parts: Any, value: Any, place: str, schema: Any) -> str | None:
    return next((problem for part in parts if (problem := misfit(part, value, place))), None)


def _pattern(pattern: Any, value: Any, place: str, schema: Any) -> str | None:
    if not isinstance(value, str) or compiled(pattern).count(value):
        return None
    return f"{place}: {_shown(value)} does not match {pattern}"


def _bound(
    kind: type | tuple[type, ...], size: Callable[[Any], Any], fits: Callable[[Any, Any], bool], said: str
) -> Any:
    def rule(bound: Any, value: Any, place: str, schema: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, kind) or fits(size(value), bound):
            return None
        return f"{place}: {_shown(value)} {said} {bound}"

    return rule


def _shown(value: Any) -> str:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else repr(value)
    return text[:60]


_TYPES: Mapping[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "null": type(None),
    "boolean": bool,
    "integer": int,
}
_NOTES = frozenset(("title", "description", "$schema", "examples", "default"))
_NUMBER = (int, float)
_RULES: Mapping[str, Callable[[Any, Any, str, Any], str | None]] = {
    "type": _type,
    "enum": _enum,
    "const": lambda const, value, place, schema: _enum([const], value, place, schema),
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "prefixItems": _prefix,
    "items": _items,
    "uniqueItems": _unique,
    "anyOf": _any_of,
    "allOf": _all_of,
    "pattern": _pattern,
    "minimum": _bound(_NUMBER, lambda value: value, lambda size, bound: size >= bound, "is below"),
    "maximum": _bound(_NUMBER, lambda value: value, lambda size, bound: size <= bound, "is above"),
    "exclusiveMinimum": _bound(_NUMBER, lambda value: value, lambda size, bound: size > bound, "is not above"),
    "exclusiveMaximum": _bound(_NUMBER, lambda value: value, lambda size, bound: size < bound, "is not below"),
    "minLength": _bound(str, len, lambda size, bound: size >= bound, "is shorter than"),
    "maxLength": _bound(str, len, lambda size, bound: size <= bound, "is longer than"),
    "minItems": _bound(list, len, lambda size, bound: size >= bound, "has fewer items than"),
    "maxItems": _bound(list, len, lambda size, bound: size <= bound, "has more items than"),
    "minProperties": _bound(dict, len, lambda size, bound: size >= bound, "has fewer keys than"),
    "maxProperties": _bound(dict, len, lambda size, bound: size <= bound, "has more keys than"),
}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBER) and not isinstance(value, bool)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_type_name(value: Any) -> bool:
    return (
        (value in _TYPES) if isinstance(value, str) else _is_names(value) and bool(value) and set(value) <= set(_TYPES)
    )


_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "type": _is_type_name,
    "enum": lambda value: isinstance(value, list) and bool(value),
    "const": lambda value: True,
    "properties": lambda value: isinstance(value, dict),
    "required": _is_names,
    "additionalProperties": lambda value: isinstance(value, bool | dict),
    "prefixItems": lambda value: isinstance(value, list),
    "items": lambda value: isinstance(value, bool | dict),
    "uniqueItems": lambda value: isinstance(value, bool),
    "anyOf": lambda value: isinstance(value, list) and bool(value),
    "allOf": lambda value: isinstance(value, list) and bool(value),
    "pattern": lambda value: isinstance(value, str),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
}
