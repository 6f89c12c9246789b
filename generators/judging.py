"""Verdicts from child processes: a verifier that hangs or crashes on an answer leaves that one undecided, no other."""

from collections.abc import Callable, Sequence
from typing import Self

import msgspec

from generators.registry import family_named
from generators.verify import verify
from pipeline.killable import Children, Killed
from schemas import Task, Verdict
from schemas.verdict import undecided

Judge = Callable[[Sequence[tuple[Task, str]]], list[Verdict]]
"""A verdict for every task and response, in order."""


def judge_here(answered: Sequence[tuple[Task, str]]) -> list[Verdict]:
    """In this process: for families whose verifiers are known to end."""
    return [verify(task, response) for task, response in answered]


class Verifiers:
    """`count` processes that verify; an answer may take `seconds` of wall time, and is undecided after that."""

    def __init__(self, count: int, seconds: float) -> None:
        self._children = Children(_verdict, count, seconds)
        self._seconds = seconds

    def judge(self, answered: Sequence[tuple[Task, str]]) -> list[Verdict]:
        """A verdict for every task and response. Raises RegistryError for a family unknown here."""
        for family in {task.family for task, _ in answered}:
            family_named(family)
        bare = [(msgspec.structs.replace(task, prompt=()), response) for task, response in answered]
        results = self._children.map([msgspec.msgpack.encode(pair) for pair in bare])
        return [self._told(result) for result in results]

    def close(self) -> None:
        self._children.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _told(self, result: bytes | Killed) -> Verdict:
        if isinstance(result, bytes):
            return msgspec.msgpack.decode(result, type=Verdict)
        if result.reason == "timeout":
            return undecided("timeout", f"the verifier took more than {self._seconds:g} s and was stopped")
        return undecided("error", "the verifier took its process down")


def _verdict(pair: bytes) -> bytes:
    return msgspec.msgpack.encode(verify(*msgspec.msgpack.decode(pair, type=tuple[Task, str])))
