"""Second opinions on records transformed: the prompt read back with regular expressions and done anew, line by line."""

import re
from collections.abc import Iterable, Iterator
from functools import cmp_to_key
from random import Random

import msgspec

from generators.evidence import Evidence
from generators.instructions.layouts import LAYOUTS
from generators.instructions.records import Condition
from generators.instructions.transform import FAMILY, Request

Row = dict[str, str]


def asked_rows(instance: Request) -> tuple[list[str], list[list[str]]]:
    """The names of the columns and the cells, by the words of the prompt alone."""
    text = FAMILY.statement(instance, "fields")
    rows = [dict(pair.split(" = ") for pair in line.split(", ")) for line in text.split("\n") if " = " in line]
    if kept := re.search(r"records whose (.*)\.", text):
        for condition in kept[1].split(" and whose "):
            rows = [row for row in rows if fits(row, condition)]
    if by := re.search(r"Sort them by (.*)\.", text):
        orders = [each.split(" (from ") for each in by[1].split(", where that is the same by ")]
        rows.sort(key=cmp_to_key(lambda one, other: compared(one, other, orders)))
    found = re.search(r"in this order: (.*)\.", text)
    assert found is not None
    names = dict(re.findall(r"Call the (\w+) (\w+)\.", text))
    fields = found[1].split(", ")
    for row in rows:
        if "total" in fields:
            row["total"] = str(sum(int(row["price"]) for _ in range(int(row["count"]))))
    return [names.get(field, field) for field in fields], [[row[field] for field in fields] for row in rows]


def fits(row: Row, condition: str) -> bool:
    found = re.fullmatch(r"(\w+) is (not |at least |below |before |after |)(\S+)", condition)
    assert found is not None
    value, other = row[found[1]], found[3]
    match found[2].strip():
        case "":
            return value == other
        case "not":
            return value != other
        case "at least":
            return not int(value) < int(other)
        case "below":
            return int(value) < int(other)
        case "before":
            return value < other
        case _:
            return value > other


def compared(one: Row, other: Row, orders: list[list[str]]) -> int:
    for field, ends in orders:
        a, b = (each[field].zfill(10) if each[field].isdigit() else each[field] for each in (one, other))
        if a != b:
            upwards = ends.startswith(("a ", "lowest", "earliest"))
            return (1 if a > b else -1) * (1 if upwards else -1)
    return 0


def recompute(instance: Request) -> str:
    names, rows = asked_rows(instance)
    if instance.shape == "json":
        objects = [
            {name: int(cell) if cell.isdigit() else cell for name, cell in zip(names, row, strict=True)} for row in rows
        ]
        return msgspec.json.encode(objects).decode()
    if instance.shape == "csv":
        return "\n".join(", ".join(row) for row in (names, *rows))
    if instance.shape == "table":
        return "\n".join("|".join(row) for row in (names, [":-:"] * len(names), *rows))
    return "\n".join("-  " + " ;".join(map(" : ".join, zip(names, row, strict=True))) for row in rows)


def judge(instance: Request, answer: str) -> bool:
    names, rows = asked_rows(instance)
    answer = re.sub(r"\.$", "", answer)
    if instance.shape == "json":
        try:
            objects = msgspec.json.decode(answer, type=list[dict[str, int | str]])
        except msgspec.DecodeError:
            return False
        if any(sorted(each) != sorted(names) for each in objects):
            return False
        asked = [[int(cell) if cell.isdigit() else cell for cell in row] for row in rows]
        return [[each[name] for name in names] for each in objects] == asked
    lines = [line.strip() for line in answer.splitlines() if line.strip()]
    if instance.shape == "list":
        expected = ["- " + "; ".join(map(": ".join, zip(names, row, strict=True))) for row in rows]
        return lines == expected
    mark = "," if instance.shape == "csv" else "|"
    if instance.shape == "table":
        if any(mark not in line for line in lines) or len(lines) < 2:
            return False
        if not re.fullmatch(r"\|?( ?:?-+:? ?\|)+( ?:?-+:? ?)?", lines.pop(1)):
            return False
        lines = [line.removeprefix("|").removesuffix("|") for line in lines]
    return [[cell.strip() for cell in line.split(mark)] for line in lines] == [names, *rows]


def near_misses(instance: Request) -> Iterator[str]:
    names, rows = asked_rows(instance)
    layout = LAYOUTS[instance.shape]
    for other in (rows[1:], [*rows, rows[-1]], [[*row[:-1], "x"] for row in rows]):
        yield layout.write(tuple(names), [tuple(row) for row in other])
    yield layout.write((*names[:-1], "other"), [tuple(row) for row in rows])
    yield layout.write(tuple(names), [tuple(row) for row in reversed(rows)])
    for another in LAYOUTS.values():
        yield another.write(tuple(names), [tuple(row) for row in rows])
    yield f"{FAMILY.gold(instance)}\nThat is all."


def alternatives(instance: Request) -> Iterable[str]:
    yield recompute(instance)
    if instance.shape == "json":
        objects = msgspec.json.decode(FAMILY.gold(instance), type=list[dict[str, int | str]])
        yield msgspec.json.encode([dict(reversed(each.items())) for each in objects]).decode()


def disguise(instance: Request, rng: Random) -> Request:
    """The records in another order where they are sorted anyway, and the conditions."""
    records = rng.sample(instance.records, len(instance.records)) if instance.orders else instance.records
    conditions = rng.sample(instance.conditions, len(instance.conditions))
    return msgspec.structs.replace(instance, records=tuple(records), conditions=tuple(conditions))


def change(instance: Request, rng: Random) -> Request:
    """One condition more."""
    buyer = rng.choice(instance.records)[0]
    return msgspec.structs.replace(instance, conditions=(*instance.conditions, Condition("buyer", "is not", buyer)))


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("records", "fields", "conditions", "orders", "renamed", "cells"),
)
