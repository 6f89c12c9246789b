"""Records of sales, by program, and what may be asked of them: which to keep, in which order, which fields."""

from random import Random
from typing import Literal

import msgspec

from generators.instructions.prose import PEOPLE, THINGS

Value = str | int
Record = tuple[Value, ...]
Relation = Literal["is", "is not", "at least", "below", "before", "after"]

FIELDS = ("buyer", "item", "price", "count", "city", "date")
"""In the order in which records get more of them. `buyer` names the record; dates are written YYYY-MM-DD."""

_CITIES = ["Oslo", "Lima", "Cairo", "Paris", "Quito", "Kyoto", "Porto", "Delhi", "Turin", "Accra"]
_RELATIONS: dict[str, tuple[Relation, ...]] = {
    "item": ("is", "is not"),
    "city": ("is", "is not"),
    "price": ("at least", "below"),
    "count": ("at least", "below"),
    "date": ("before", "after"),
}


class Condition(msgspec.Struct, frozen=True):
    """What a field must be for a record to be kept."""

    field: str
    relation: Relation
    value: Value


class Order(msgspec.Struct, frozen=True):
    """A field to sort by."""

    field: str
    descending: bool


def drawn_records(count: int, fields: int, rng: Random) -> tuple[Record, ...]:
    """Records with the first so many fields; no buyer comes twice. At most 40."""
    buyers = rng.sample(PEOPLE, count)
    items, cities = rng.sample(THINGS, max(2, count // 3)), rng.sample(_CITIES, min(10, max(2, count // 3)))
    made: list[Record] = []
    for buyer in buyers:
        date = f"20{rng.randint(20, 29)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        values = (buyer, rng.choice(items), rng.randint(3, 99), rng.randint(1, 9), rng.choice(cities), date)
        made.append(values[:fields])
    return tuple(made)


def drawn_condition(records: tuple[Record, ...], field: str, rng: Random) -> Condition:
    """A condition on a field, compared with the value of one of the records."""
    value = rng.choice(records)[FIELDS.index(field)]
    return Condition(field, rng.choice(_RELATIONS[field]), value)


def conditioned_fields(fields: int) -> list[str]:
    return [field for field in FIELDS[:fields] if field in _RELATIONS]


def holds(condition: Condition, record: Record) -> bool:
    value, other = record[FIELDS.index(condition.field)], condition.value
    match condition.relation:
        case "is":
            return value == other
        case "is not":
            return value != other
        case "at least":
            return _rank(value) >= _rank(other)
        case "after":
            return _rank(value) > _rank(other)
        case _:
            return _rank(value) < _rank(other)


def ordered(records: list[Record], orders: tuple[Order, ...]) -> list[Record]:
    """By the first order, those equal by the next, and so on."""
    for order in reversed(orders):
        place = FIELDS.index(order.field)
        records = sorted(records, key=lambda record: _rank(record[place]), reverse=order.descending)
    return records


def _rank(value: Value) -> tuple[int, str]:
    """Numbers by size, texts letter by letter."""
    return (value, "") if isinstance(value, int) else (0, value)


def condition_text(condition: Condition) -> str:
    return f"{condition.field} is {condition.relation.removeprefix('is').strip()} {condition.value}".replace("  ", " ")


def order_text(order: Order) -> str:
    if order.field in ("price", "count"):
        ends = ("highest", "lowest") if order.descending else ("lowest", "highest")
    elif order.field == "date":
        ends = ("latest", "earliest") if order.descending else ("earliest", "latest")
    else:
        ends = ("z", "a") if order.descending else ("a", "z")
    return f"{order.field} (from {' to '.join(ends)})"
