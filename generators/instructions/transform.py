"""Records transformed: some kept, sorted, their fields chosen, renamed and worked out, written in another layout."""

from random import Random
from typing import Annotated, Literal

import msgspec

from generators.cores.oracle import drawn
from generators.family import Family
from generators.instructions.layouts import LAYOUTS
from generators.instructions.records import (
    FIELDS,
    Condition,
    Order,
    Record,
    condition_text,
    conditioned_fields,
    drawn_condition,
    drawn_records,
    holds,
    order_text,
    ordered,
)
from schemas import Verdict, jsontext
from schemas.verdict import correct, malformed, partial, wrong

Shape = Literal["list", "csv", "table", "json"]

_SHAPES: tuple[Shape, ...] = ("list", "csv", "table", "json")
_NEW_NAMES = {
    "buyer": "customer",
    "item": "article",
    "price": "cost",
    "count": "pieces",
    "city": "place",
    "date": "day",
}
_PRODUCT = "total"


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """`records` of `fields`; `conditions` to keep one, `orders` to sort by, `renamed` fields, the first `shapes`.

    With `product`, a field is added that is the price times the count.
    """

    records: Annotated[int, msgspec.Meta(ge=2, le=40)]
    fields: Annotated[int, msgspec.Meta(ge=2, le=6)]
    conditions: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    orders: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    renamed: Annotated[int, msgspec.Meta(ge=0, le=3)] = 0
    shapes: Annotated[int, msgspec.Meta(ge=1, le=4)] = 4
    product: bool = False

    def __post_init__(self) -> None:
        if self.product and self.fields < 4:
            raise ValueError(f"product: the price and the count are among 4 fields or more, not {self.fields}")
        if self.conditions > self.fields - 1:
            raise ValueError(
                f"conditions {self.conditions} is above {self.fields - 1}, one for each field but the first"
            )


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The records as shown, and what to do with them.

    `columns` are the fields to keep, in their order, with their names in the answer; of the `total` neither is a field.
    """

    records: tuple[Record, ...]
    conditions: tuple[Condition, ...]
    orders: tuple[Order, ...]
    columns: tuple[tuple[str, str], ...]
    shape: Shape


def make(params: Params, rng: Random) -> Request:
    """At least one record is kept, and not all where there are conditions."""
    shape = rng.choice(_SHAPES[: params.shapes])

    def draw(rng: Random) -> Request:
        records = drawn_records(params.records, params.fields, rng)
        fields = rng.sample(conditioned_fields(params.fields), params.conditions)
        kept = rng.sample(FIELDS[: params.fields], rng.randint(2, params.fields))
        renamed = rng.sample(kept, min(params.renamed, len(kept)))
        columns = [(field, _NEW_NAMES[field] if field in renamed else field) for field in kept]
        if params.product:
            columns.insert(rng.randint(0, len(columns)), (_PRODUCT, _PRODUCT))
        return Request(
            records=records,
            conditions=tuple(drawn_condition(records, field, rng) for field in fields),
            orders=_orders(params, rng),
            columns=tuple(columns),
            shape=shape,
        )

    return drawn(draw, lambda made: 0 < len(_kept(made)) < len(made.records) + (not made.conditions), rng)


def _orders(params: Params, rng: Random) -> tuple[Order, ...]:
    """The last one is the buyer, so that no two records are equal by all."""
    if not params.orders:
        return ()
    fields = rng.sample(FIELDS[1 : params.fields], min(params.orders - 1, params.fields - 1))
    return tuple(Order(field, rng.random() < 0.5) for field in (*fields, FIELDS[0]))


def solve(instance: Request) -> list[Record]:
    """The records of the answer, with the values of its columns in their order."""
    rows: list[Record] = []
    for record in ordered(_kept(instance), instance.orders):
        named = dict(zip(FIELDS, record, strict=False))
        rows.append(tuple(_product(record) if field == _PRODUCT else named[field] for field, _ in instance.columns))
    return rows


def statement(instance: Request, style: str) -> str:
    opening = f"These are {len(instance.records)} records:"
    return "\n".join([opening, source(instance, style), "Write them anew:", *_asked(instance)])


def source(instance: Request, style: str) -> str:
    """The records as they are shown, a line each."""
    fields = FIELDS[: len(instance.records[0])]
    if style == "rows":
        return "\n".join(" / ".join(map(str, row)) for row in (fields, *instance.records))
    return "\n".join(
        ", ".join(f"{field} = {value}" for field, value in zip(fields, record, strict=True))
        for record in instance.records
    )


def _asked(instance: Request) -> list[str]:
    asked = []
    if instance.conditions:
        asked.append(f"Keep only the records whose {' and whose '.join(map(condition_text, instance.conditions))}.")
    if instance.orders:
        by = ", where that is the same by ".join(map(order_text, instance.orders))
        asked.append(f"Sort them by {by}.")
    else:
        asked.append("Leave them in the order in which they are.")
    if any(field == _PRODUCT for field, _ in instance.columns):
        asked.append(f"Work out one more field for each: the {_PRODUCT}, which is the price times the count.")
    asked.append(f"Write only these fields, in this order: {', '.join(field for field, _ in instance.columns)}.")
    asked += [f"Call the {field} {name}." for field, name in instance.columns if field != name]
    return [f"- {line}" for line in asked]


def check(instance: Request, answer: str) -> Verdict:
    """Every record right and at its place; else the share of records that are, among those given or asked."""
    columns = tuple(name for _, name in instance.columns)
    layout = LAYOUTS[instance.shape]
    given = layout.read(columns, answer.removesuffix(".")) if answer.isascii() else None
    if given is None:
        return malformed(f"this is not a {instance.shape} of records with the fields {', '.join(columns)}")
    asked = solve(instance)
    wanted = asked if layout.typed else [tuple(map(str, record)) for record in asked]
    right = sum(one == other for one, other in zip(given, wanted, strict=False))
    most = max(len(given), len(asked))
    if right == most:
        return correct()
    detail = f"{right} of {most} records are right and at their place"
    return partial(right / most, detail) if right else wrong(detail)


def _kept(instance: Request) -> list[Record]:
    return [record for record in instance.records if all(holds(each, record) for each in instance.conditions)]


def _product(record: Record) -> int:
    price, count = record[FIELDS.index("price")], record[FIELDS.index("count")]
    return int(price) * int(count)


def canonical(instance: Request) -> bytes:
    """Records that are sorted may stand in any order, and conditions too."""
    records = sorted(map(jsontext.dumps, instance.records)) if instance.orders else instance.records
    conditions = sorted(map(jsontext.dumps, instance.conditions))
    return jsontext.dumps([records, conditions, instance.orders, instance.columns, instance.shape]).encode()


def features(instance: Request) -> dict[str, float]:
    return {
        "records": len(instance.records),
        "fields": len(instance.records[0]),
        "conditions": len(instance.conditions),
        "orders": len(instance.orders),
        "renamed": sum(field != name for field, name in instance.columns),
        "cells": len(instance.columns) * len(_kept(instance)),
    }


FAMILY = Family(
    name="instructions.transform",
    version=1,
    title="Records transformed",
    domain="instructions",
    params=Params,
    instance=Request,
    levels=(
        Params(records=2, fields=2, shapes=1),
        Params(records=3, fields=2, orders=1, shapes=2),
        Params(records=4, fields=3, orders=1, shapes=3),
        Params(records=5, fields=3, conditions=1, orders=1),
        Params(records=6, fields=4, conditions=1, orders=2),
        Params(records=8, fields=4, conditions=1, orders=2, renamed=1, product=True),
        Params(records=12, fields=5, conditions=1, orders=2, renamed=2, product=True),
        Params(records=18, fields=5, conditions=1, orders=3, renamed=2, product=True),
        Params(records=26, fields=6, conditions=2, orders=3, renamed=3, product=True),
        Params(records=38, fields=6, conditions=2, orders=3, renamed=3, product=True),
    ),
    make=make,
    statement=statement,
    answer_format=lambda instance: LAYOUTS[instance.shape].format,
    gold=lambda instance: LAYOUTS[instance.shape].write(tuple(name for _, name in instance.columns), solve(instance)),
    check=check,
    canonical=canonical,
    features=features,
    styles=("fields", "rows"),
    longest_answer=8192,
)
