"""Safe: hostile answers are refused with a sound verdict, quickly, and never run."""

import time
from collections.abc import Iterator

from generators.conformance.mutations import lookalikes
from generators.conformance.right import inconsistency
from generators.conformance.sample import Finding, Item, Sample, shown
from schemas import Verdict

MOST_SECONDS = 0.25
"""CPU time an answer may take: the contract says 50 ms, the rest is for a busy or slow machine."""

_SHORT = (
    "9**9**9**9",
    "9^9^9^9",
    "__import__('os').system('true')",
    "exec('1')",
    "(lambda: 0)()",
    "[[[]]]",
    "{}{}{}",
    "NaN",
    "nan",
    "inf",
    "-inf",
    "Infinity",
    "1e999999999",
    "1e-999999999",
    "1/0",
    "0/0",
    "--1",
    "+-1",
    "0x1F",
    "0b101",
    "1_000",
    "²",
    "½",
    "Ⅷ",
    "\x00",
    "\ud800",
    "\ufeff",
    "\u202e1",
    "e\u0301" * 40,
    "١٢٣",
    "１２３",
    "%s%s%n",
    "'; DROP TABLE tasks; --",
    "{0.__class__}",
    "${7*7}",
    "\\frac{1}{0}",
    "\\input{/etc/passwd}",
)
_REPEATED = (
    "9",
    "(",
    "[",
    "{",
    "-",
    "1 ",
    "1,",
    "a",
    "A ",
    "a=",
    "=",
    "\n",
    "\n1",
    ".",
    "1.",
    "/",
    "1/",
    "1+",
    "**",
    "\\frac{",
)
_WRAPPED = (("(", ")"), ("[", "]"), ("{", "}"), ("\\boxed{", "}"), ("-(", ")"), ("\\frac{1}{", "}"))


def hostile_answers_are_refused(sample: Sample) -> Iterator[Finding]:
    """No hostile answer is right, undecided, contradictory or slow."""
    for item in sample.within_budget():
        for answer in hostile(sample, item):
            if answer == item.task.answer:
                continue
            verdict, seconds = _timed(sample, item, answer)
            if not verdict.decided:
                yield item, f"the verifier fails on {shown(answer)}: {verdict.detail}"
            elif verdict.score == 1.0 and not sample.evidence.judge(item.instance, answer):
                yield item, f"{shown(answer)} is accepted; the gold is {shown(item.task.answer, 60)}"
            elif contradiction := inconsistency(verdict):
                yield item, f"{shown(answer)} gets {contradiction}"
            if seconds > MOST_SECONDS:
                yield item, f"{shown(answer)} takes {seconds:.2f} s of CPU time"


def _timed(sample: Sample, item: Item, answer: str) -> tuple[Verdict, float]:
    """The verdict and the CPU time it took: the least of three tries where the first was slow.

    What is slow by itself is slow each time; a garbage collection or a busy neighbour strikes once.
    """
    tries: list[float] = []
    while not tries or (tries[-1] > MOST_SECONDS and len(tries) < 3):
        start = time.process_time()
        verdict = sample.verdict(item, answer)
        tries.append(time.process_time() - start)
    return verdict, min(tries)


def hostile(sample: Sample, item: Item) -> Iterator[str]:
    """Short traps, traps as long as the family reads, and the gold bent in ways that a lax reader forgives."""
    gold, longest = item.task.answer, sample.family.longest_answer
    yield from _SHORT
    yield from (piece * (longest // len(piece)) for piece in _REPEATED)
    for before, after in _WRAPPED:
        depth = (longest - 1) // (len(before) + len(after))
        yield f"{before * depth}1{after * depth}"
    yield from lookalikes(gold)
    for separator in (" ", ", ", "\n"):
        yield separator.join([gold] * max(2, (longest + len(separator)) // (len(gold) + len(separator))))
    yield gold + " " * (longest - len(gold) - 1) + "!"
    yield gold + "0" * (longest - len(gold))
    yield f"{gold}; import os"
    yield f"{gold}\x00"
