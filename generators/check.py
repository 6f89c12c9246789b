"""Judging JSON lines: each line in gives one verdict out, in order, whatever stands in it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from generators.registry import RegistryError
from generators.verify import verify
from schemas import Task, Verdict
from schemas.verdict import undecided


class Judgement(msgspec.Struct, frozen=True):
    """A line of input: a task as `taskmill sample --json` prints it, and a model's response to it."""

    task: Task
    response: str


class CheckedLine(NamedTuple):
    """`problem` says why a line could not be judged; its verdict is then `error`."""

    number: int
    verdict: Verdict
    problem: str | None


def checked_lines(lines: Iterable[bytes]) -> Iterator[CheckedLine]:
    """A verdict for every line that is not blank."""
    decoder = msgspec.json.Decoder(Judgement)
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            judgement = decoder.decode(line)
            yield CheckedLine(number, verify(judgement.task, judgement.response), None)
        except (msgspec.MsgspecError, UnicodeDecodeError, RegistryError) as failure:
            problem = f"{failure} (expected {{'task': <a line of sample --json>, 'response': <text>}})"
            yield CheckedLine(number, undecided("error", problem), problem)
