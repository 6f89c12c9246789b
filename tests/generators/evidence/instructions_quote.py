"""Second opinions on quotes: the notes of the prompt read back with regular expressions, one fact at a time."""

import re
from collections.abc import Iterable, Iterator
from random import Random

import msgspec

from generators.evidence import Evidence
from generators.instructions.quote import FAMILY, Request
from generators.instructions.records import Condition

FACTS = {
    "date": r"on (\d{4}-\d\d-\d\d)",
    "item": r"bought one (\w+)",
    "buyer": r"the (\w+) bought",
    "city": r"in ([A-Z]\w+)",
    "price": r"price of (\d+)",
    "count": r"count of (\d+)",
    "reason": r"because (.+?)(?:\.$|, the \w+ bought)",
}


def notes(prompt: str) -> list[dict[str, str]]:
    """The facts of each note, and its number and text."""
    found = []
    for number, text in re.findall(r"^\[(\d+)\] (.*)$", prompt, re.MULTILINE):
        facts = {"number": number, "text": text}
        for name, pattern in FACTS.items():
            fact = re.search(pattern, text, re.IGNORECASE if name in ("date", "reason") else 0)
            fact = fact or re.search(pattern.replace("in (", "In ("), text)
            assert fact is not None, (name, text)
            facts[name] = fact[1]
        found.append(facts)
    return found


def recompute(instance: Request) -> str:
    prompt = FAMILY.statement(instance, "notes first")
    found = re.search(r"Quote each note whose (.*): (only the reason|the whole sentence)", prompt)
    assert found is not None
    fitting = [
        note for note in notes(prompt) if all(fits(note, condition) for condition in found[1].split(" and whose "))
    ]
    part = "reason" if found[2] == "only the reason" else "text"
    lines = [f'[{note["number"]}] "{note[part]}"' for note in fitting]
    if "sum of the counts" in prompt:
        total = 0
        for note in fitting:
            total += int(note["count"])
        lines.append(f"Total: {total}")
    return "\n".join(lines)


def fits(note: dict[str, str], condition: str) -> bool:
    field, _, rest = condition.partition(" is ")
    *relation, value = rest.split()
    own = note[field]
    match " ".join(relation):
        case "":
            return own == value
        case "not":
            return own != value
        case "at least":
            return int(own) >= int(value)
        case "below":
            return int(own) < int(value)
        case "before":
            return own < value
        case _:
            return own > value


def judge(instance: Request, answer: str) -> bool:
    lines = [re.sub(r'(?<=["\d])\.$', "", line.strip()).replace("total:", "Total:") for line in answer.split("\n")]
    return list(filter(None, lines)) == recompute(instance).split("\n")


def alternatives(instance: Request) -> Iterable[str]:
    lines = recompute(instance).split("\n")
    yield "\n\n".join(lines)
    yield "\n".join(re.sub(r'"(.*)"', r"“\1”", line) for line in lines)
    yield "\n".join(line.replace("]", "]:", 1) for line in lines)


def near_misses(instance: Request) -> Iterator[str]:
    lines = recompute(instance).split("\n")
    yield "\n".join(lines[1:])
    yield "\n".join([*lines, lines[-1]])
    yield "\n".join(reversed(lines))
    yield " ".join(lines)
    yield "\n".join(line.replace('"', "") for line in lines)
    yield "\n".join(line.replace("bought", "buys").replace("was", "is") for line in lines)
    yield "\n".join(line.lower().replace("because ", "") for line in lines)
    every = [f'[{note["number"]}] "{note["text"]}"' for note in notes(FAMILY.statement(instance, "notes first"))]
    yield "\n".join(every)
    yield "\n".join([*lines[:-1], "Total: 0"])


def disguise(instance: Request, rng: Random) -> Request:
    conditions = rng.sample(instance.conditions, len(instance.conditions))
    return msgspec.structs.replace(instance, conditions=tuple(conditions))


def change(instance: Request, rng: Random) -> Request:
    """One condition more."""
    buyer = rng.choice(instance.notes).record[0]
    return msgspec.structs.replace(instance, conditions=(*instance.conditions, Condition("buyer", "is not", buyer)))


EVIDENCE = Evidence(
    family=FAMILY,
    judge=judge,
    recompute=recompute,
    alternatives=alternatives,
    near_misses=near_misses,
    disguise=disguise,
    change=change,
    rising=("notes", "conditions", "quotes", "characters", "total"),
)
