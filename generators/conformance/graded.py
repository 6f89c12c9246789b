"""Graded: at least 8 valid rungs, knobs that do something, features that rise, a top rung that does not run dry."""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from random import Random
from statistics import fmean
from typing import Any

import msgspec

from generators.conformance.sample import Finding, Sample
from generators.saturation import saturation

FEWEST_RUNGS = 8
TOP_ITEMS = 60
MOSTLY_DISTINCT = 0.9


def the_ladder_is_valid(sample: Sample) -> Iterator[Finding]:
    """At least 8 different rungs inside the declared ranges; knobs are bounded; the structs are frozen."""
    family = sample.family
    if family.name.count(".") != 1 or not family.domain or not family.title or family.version < 1:
        yield None, "a family has a name `folder.file`, a title, a domain and a version from 1"
    if len(family.levels) < FEWEST_RUNGS:
        yield None, f"the ladder has {len(family.levels)} rungs; at least {FEWEST_RUNGS} are asked for"
    for level, params in enumerate(family.levels, start=1):
        try:
            msgspec.convert(msgspec.to_builtins(params), family.params)
        except (msgspec.ValidationError, ValueError) as failure:
            yield None, f"the parameters of level {level} are outside their own ranges: {failure}"
    for level, (lower, upper) in enumerate(pairwise(family.levels), start=1):
        if lower == upper:
            yield None, f"levels {level} and {level + 1} have the same parameters"
    for struct in (family.params, family.instance):
        if not struct.__struct_config__.frozen:
            yield None, f"{struct.__name__} is not frozen"
    for name, kind in _knobs(family.params).items():
        if isinstance(kind, msgspec.inspect.IntType) and (kind.ge is None or kind.le is None):
            yield None, f"the knob {name} has no bounds: Annotated[int, msgspec.Meta(ge=…, le=…)]"


def every_knob_is_alive(sample: Sample) -> Iterator[Finding]:
    """Turning one knob alone, the randomness kept, changes a statement or a gold answer on some rung."""
    for name, kind in _knobs(sample.family.params).items():
        if not any(_turning_matters(sample, params, name, kind) for params in sample.family.levels):
            yield None, f"the knob {name} changes nothing on any rung"


def features_rise(sample: Sample) -> Iterator[Finding]:
    """Features are finite numbers of one set of names; the `rising` ones rise on average along the ladder."""
    names = set(sample.items[0].task.features)
    for item in sample.items:
        if set(item.task.features) != names:
            yield item, f"has the features {sorted(item.task.features)} where the first item has {sorted(names)}"
        for name, value in item.task.features.items():
            if not math.isfinite(value):
                yield item, f"the feature {name} is {value}"
    if not sample.evidence.rising:
        yield None, "the evidence names no feature that rises"
    for name in sample.evidence.rising:
        means = [
            fmean(item.task.features.get(name, math.nan) for item in sample.of_level(level))
            for level in range(1, len(sample.family.levels) + 1)
        ]
        ordered = [(low < high) - (low > high) for at, low in enumerate(means) for high in means[at + 1 :]]
        if not (means[0] < means[-1] and fmean(ordered) > 0.5):
            yield None, f"the feature {name} does not rise along the ladder: {[round(mean, 3) for mean in means]}"


def the_top_rung_is_rich(sample: Sample) -> Iterator[Finding]:
    """Nearly all of the top rung's items are problems of their own."""
    top = len(sample.family.levels)
    report = saturation(sample.family, level=top, seed=sample.seed, count=TOP_ITEMS)
    if report.distinct < MOSTLY_DISTINCT * report.made:
        yield None, f"of {report.made} items of level {top} only {report.distinct} are different problems"


def _turning_matters(sample: Sample, params: Any, name: str, kind: msgspec.inspect.Type) -> bool:
    for value in _other_values(sample, params, name, kind):
        try:
            turned = msgspec.convert(
                msgspec.to_builtins(msgspec.structs.replace(params, **{name: value})), type(params)
            )
            if any(_made(sample, params, seed) != _made(sample, turned, seed) for seed in range(4)):
                return True
        except ValueError:
            continue  # a combination that the family refuses says nothing about the knob
    return False


def _made(sample: Sample, params: Any, seed: int) -> tuple[str, str]:
    family = sample.family
    instance = family.make(params, Random(seed))
    return family.statement(instance, family.styles[0]), family.gold(instance)


def _other_values(sample: Sample, params: Any, name: str, kind: msgspec.inspect.Type) -> list[Any]:
    """What else the knob can be: its values on other rungs, its neighbours, its choices."""
    now = getattr(params, name)
    values = [getattr(rung, name) for rung in sample.family.levels]
    if isinstance(kind, msgspec.inspect.BoolType):
        values.append(not now)
    elif isinstance(kind, msgspec.inspect.IntType):
        values += [now + 1, now - 1]
    elif isinstance(kind, msgspec.inspect.LiteralType):
        values += kind.values
    return [value for at, value in enumerate(values) if value != now and value not in values[:at]]


def _knobs(params: type[msgspec.Struct]) -> Mapping[str, msgspec.inspect.Type]:
    info = msgspec.inspect.type_info(params)
    assert isinstance(info, msgspec.inspect.StructType)
    return {field.name: field.type for field in info.fields}
