"""The conformance suite can fail: each way to break a sound toy family is caught by the check that is there for it."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Annotated, Any

import msgspec
import pytest

from generators.conformance import CHECKS, drawn, found_by, violations
from generators.conformance.elsewhere import violations_elsewhere
from generators.evidence import Evidence
from generators.family import Family
from schemas import Verdict
from schemas.verdict import correct, malformed, partial, wrong

STREAMS = "same: streams are disjoint"
LEGAL = "right: right answers are legal from their beginning"
WORKED = "right: worked solutions lead to the answer"
SEEDED_BY_HASH = """
from dataclasses import replace
from {module} import FAMILY as SOUND, Sum
FAMILY = replace(SOUND, name="toys.hashed", make=lambda params, rng: Sum(first=hash("x") % 1000, second=hash("y") % 97))
"""


class Params(msgspec.Struct, frozen=True, kw_only=True):
    digits: Annotated[int, msgspec.Meta(ge=1, le=20)]


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    first: int
    second: int


def make(params: Params, rng: Random) -> Sum:
    return Sum(first=rng.randrange(10**params.digits), second=rng.randrange(10**params.digits))


def statement(instance: Sum, style: str) -> str:
    if style == "prose":
        return f"Add {instance.first} to {instance.second}."
    return f"{instance.first} + {instance.second} = ?"


def gold(instance: Sum) -> str:
    return str(instance.first + instance.second)


def check(instance: Sum, answer: str) -> Verdict:
    if not (answer.isascii() and answer.isdigit()) or len(answer) > 30 or (len(answer) > 1 and answer[0] == "0"):
        return malformed("write a whole number")
    return correct() if int(answer) == instance.first + instance.second else wrong("not the sum")


def near_misses(instance: Sum) -> Iterator[str]:
    yield str(instance.first + instance.second + 10)


FAMILY = Family(
    name="toys.sums",
    version=1,
    title="Sums",
    domain="arithmetic",
    params=Params,
    instance=Sum,
    levels=tuple(Params(digits=digits) for digits in range(2, 11)),
    make=make,
    statement=statement,
    answer_format=lambda instance: "Write a whole number.",
    gold=gold,
    check=check,
    canonical=lambda instance: repr(sorted([instance.first, instance.second])).encode(),
    features=lambda instance: {"digits": float(len(gold(instance)))},
    styles=("symbols", "prose"),
    longest_answer=200,
    steps=lambda instance: ("Add the two numbers.", f"That makes {gold(instance)}"),
)

EVIDENCE = Evidence(
    family=FAMILY,
    judge=lambda instance, answer: answer == str(instance.first - -instance.second),
    recompute=lambda instance: str(instance.second - -instance.first),
    near_misses=near_misses,
    disguise=lambda instance, rng: Sum(first=instance.second, second=instance.first),
    change=lambda instance, rng: Sum(first=instance.first + 1, second=instance.second),
    solutions=lambda instance: 1,
    rising=("digits",),
)


def lenient(instance: Sum, answer: str) -> Verdict:
    return correct() if gold(instance) in answer else wrong("the sum is not in there")


def crashing(instance: Sum, answer: str) -> Verdict:
    return correct() if int(answer) == instance.first + instance.second else wrong("not the sum")


def generous(instance: Sum, answer: str) -> Verdict:
    verdict = check(instance, answer)
    return verdict if verdict.score else partial(0.5, "for trying")


def slow(instance: Sum, answer: str) -> Verdict:
    start = time.process_time()
    while instance.first < 100 and answer.endswith("((((") and time.process_time() - start < 0.4:
        pass
    return check(instance, answer)


def drawing_from_the_module(params: Params, rng: Random) -> Sum:
    import random

    return Sum(first=random.randrange(10**params.digits), second=rng.randrange(100))


def echoing(instance: Sum, answer: str) -> Verdict:
    return correct() if answer.startswith(str(instance.first)) else check(instance, answer)


class Deaf(msgspec.Struct, frozen=True, kw_only=True):
    digits: Annotated[int, msgspec.Meta(ge=1, le=20)]
    depth: Annotated[int, msgspec.Meta(ge=1, le=20)] = 1


def family_with(**changes: Any) -> Evidence[Any]:
    return replace(EVIDENCE, family=replace(FAMILY, **changes))


BROKEN: dict[str, tuple[str, Evidence[Any]]] = {
    "gold is wrong": ("right: the gold answer", family_with(gold=lambda instance: str(instance.first))),
    "make and judge disagree": (
        "right: a second method agrees",
        replace(EVIDENCE, recompute=lambda instance: str(instance.first * instance.second + 1)),
    ),
    "an alternative is refused": (
        "right: every other valid answer",
        replace(EVIDENCE, alternatives=lambda instance: [f"{gold(instance)}.0"]),
    ),
    "one off is accepted": (
        "right: near misses judged as the judge does",
        family_with(
            check=lambda instance, answer: (
                correct()
                if answer.isdigit() and abs(int(answer) - instance.first - instance.second) < 2
                else wrong("far off")
            )
        ),
    ),
    "anything is accepted": (
        "right: gold answers of other items",
        family_with(check=lambda instance, answer: correct() if answer.isdigit() else malformed("no number")),
    ),
    "a substring is accepted": ("right: answers that merely contain the gold", family_with(check=lenient)),
    "the question is accepted": ("right: echoes, garbage and nothing", family_with(check=echoing)),
    "trying is rewarded": ("right: echoes, garbage and nothing", family_with(check=generous)),
    "a right answer is forbidden": (LEGAL, family_with(legal=lambda instance, beginning: False)),
    "the first word of a right answer is forbidden": (
        LEGAL,
        replace(
            family_with(legal=lambda instance, beginning: " " in beginning or beginning.isdigit()),
            alternatives=lambda instance: [f"+{gold(instance)} "],
        ),
    ),
    "a solution without an end": (WORKED, family_with(steps=lambda instance: ("Add them.", "Write it down."))),
    "a solution that begins with its end": (
        WORKED,
        family_with(
            levels=FAMILY.levels[3:], steps=lambda instance: (f"It is {gold(instance)}.", f"So, {gold(instance)}")
        ),
    ),
    "a solution without steps": (WORKED, family_with(steps=lambda instance: (gold(instance),))),
    "an endless solution": (
        WORKED,
        family_with(steps=lambda instance: ("Add. " * 9000, gold(instance))),
    ),
    "two solutions": (
        "honest: one solution where one is promised",
        replace(EVIDENCE, solutions=lambda instance: 1 + instance.first % 2),
    ),
    "the prompt shows the answer": (
        "honest: no answer in the prompt",
        family_with(statement=lambda instance, style: f"{style}: {instance.first} + … = {gold(instance)}"),
    ),
    "the example is the answer": (
        "honest: no answer in the prompt",
        family_with(answer_format=lambda instance: f"Write a whole number, e.g. {gold(instance)}."),
    ),
    "a constant pays": (
        "honest: constant answers stay under the guess bound",
        family_with(make=lambda params, rng: Sum(first=rng.randrange(3), second=0)),
    ),
    "the payload does not come back": (
        "same: payloads and rows come back",
        family_with(make=lambda params, rng: Sum(first=rng.random(), second=float("1e-3"))),  # type: ignore[arg-type]
    ),
    "the global generator is used": ("same: no history, no global state", family_with(make=drawing_from_the_module)),
    "styles are one": (
        "same: the style is not the problem",
        family_with(statement=lambda instance, style: f"{instance.first} + {instance.second}"),
    ),
    "a short ladder": ("graded: a ladder of valid rungs", family_with(levels=FAMILY.levels[:7])),
    "a rung out of range": (
        "graded: a ladder of valid rungs",
        family_with(levels=(*FAMILY.levels, Params(digits=21))),
    ),
    "a dead knob": (
        "graded: every knob changes something",
        family_with(params=Deaf, levels=tuple(Deaf(digits=2 + at, depth=1 + at) for at in range(8))),
    ),
    "a feature that falls": (
        "graded: features are finite and rise",
        family_with(features=lambda instance: {"digits": -float(len(gold(instance)))}),
    ),
    "a feature that is infinite": (
        "graded: features are finite and rise",
        family_with(features=lambda instance: {"digits": float(len(gold(instance))), "x": float("inf")}),
    ),
    "a top rung that runs dry": (
        "graded: the top rung does not run dry",
        family_with(make=lambda params, rng: Sum(first=rng.randrange(6), second=rng.randrange(6))),
    ),
    "a key that sees the order": (
        "sameness: canonical survives a disguise",
        family_with(canonical=lambda instance: repr(instance).encode()),
    ),
    "a key that sees too little": (
        "sameness: canonical sees a change",
        family_with(canonical=lambda instance: str(len(gold(instance)) // 9).encode()),
    ),
    "a verifier that fails": ("safe: hostile answers", family_with(check=crashing)),
    "a verifier that is slow": ("safe: hostile answers", family_with(check=slow)),
}


def test_a_sound_family_has_no_violations() -> None:
    assert violations(EVIDENCE, items=3) == []


@pytest.mark.parametrize("breakage", BROKEN)
def test_a_broken_family_is_caught(breakage: str) -> None:
    check_name, evidence = BROKEN[breakage]
    found = found_by(check_name, drawn(evidence, items=2, seconds=0.2))
    assert found
    assert all(violation.check == check_name and violation.detail for violation in found)


def test_streams_keyed_by_seed_plus_index_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Item i of seed s would be item i − 1 of seed s + 1."""
    monkeypatch.setattr(
        "generators.family.generator", lambda seed, *purpose: Random(repr((purpose[:-1], seed + purpose[-1])))
    )
    assert found_by(STREAMS, drawn(EVIDENCE, items=2))


def test_every_check_is_shown_to_catch_something() -> None:
    assert {STREAMS, *(check_name for check_name, _ in BROKEN.values())} == set(CHECKS)


def test_a_family_that_depends_on_the_hash_seed_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toys are installed as a third-party package is: by an entry point."""
    info = tmp_path / "toys-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1.0\n")
    points = "[taskmill.families]\ntoys.sums = sound_toy:FAMILY\ntoys.hashed = hashed_toy:FAMILY\n"
    (info / "entry_points.txt").write_text(points)
    (tmp_path / "sound_toy.py").write_text(Path(__file__).read_text())
    (tmp_path / "hashed_toy.py").write_text(SEEDED_BY_HASH.format(module="sound_toy"))
    monkeypatch.setattr(sys, "path", [str(tmp_path), os.getcwd(), *sys.path])
    assert [violation.family for violation in violations_elsewhere(["toys.sums", "toys.hashed"])] == ["toys.hashed"]
