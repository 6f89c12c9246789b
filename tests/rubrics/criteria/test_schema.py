"""The part of JSON Schema that is read here means what the standard says: compared with the jsonschema package."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rubrics.criteria.schema import misfit, prove_schema

NAMES = st.sampled_from(["a", "b", "c"])
PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from([0.0, 1.0, 1.5]), st.sampled_from(["", "a", "bb"])
)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
SMALL = st.integers(0, 3)
KEYWORDS: dict[str, st.SearchStrategy[Any]] = {
    "type": st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null", ["string", "null"]]),
    "enum": st.lists(VALUES, min_size=1, max_size=3),
    "const": VALUES,
    "required": st.lists(NAMES, unique=True, max_size=2),
    "uniqueItems": st.booleans(),
    "pattern": st.sampled_from(["^a", "b+$"]),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), st.integers(-2, 2)),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), SMALL),
}
LEAVES = st.booleans() | st.fixed_dictionaries({}, optional=KEYWORDS)


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(inner, min_size=1, max_size=2)
    parts = {
        "properties": st.dictionaries(NAMES, inner, max_size=2),
        "additionalProperties": inner,
        "items": inner,
        "prefixItems": several,
        "anyOf": several,
        "allOf": several,
    }
    return st.fixed_dictionaries({}, optional={**parts, "type": KEYWORDS["type"], "required": KEYWORDS["required"]})


SCHEMAS = st.recursive(LEAVES, _nested, max_leaves=4)


@settings(max_examples=80, deadline=None)
@given(SCHEMAS, VALUES)
def test_a_value_fits_exactly_when_the_standard_says_so(schema: Any, value: Any) -> None:
    prove_schema(schema)
    assert (misfit(schema, value) is None) == jsonschema.Draft202012Validator(schema).is_valid(value)


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"items": [1]}, {"not": {}}, {"type": []}, {"minLength": -1}, []])
def test_what_is_not_read_is_refused(schema: Any) -> None:
    with pytest.raises(ValueError, match="schema"):
        prove_schema(schema)


def test_a_schema_of_any_depth_or_size_is_refused_without_harm() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = {"items": deep}
    with pytest.raises(ValueError, match="deep"):
        prove_schema(deep)
    with pytest.raises(ValueError, match="rules"):
        prove_schema({"enum": list(range(2000))})
