"""Verdicts for trainers that ask from any thread, one answer or many at a time.

Every answer is judged in a child process, which is killed where a verifier hangs: there is no signal and no alarm,
which work in a main thread alone, and waiting for a turn does not count as time of the answer.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import msgspec

from generators.judging import Verifiers
from generators.registry import family_named
from schemas import Task, Verdict
from schemas.failure import Failure

PROCESSES = min(4, os.cpu_count() or 1)
SECONDS = 10.0
"""Wall time of one answer; it is undecided after that."""


class OutsideError(Failure, ValueError):
    """The rows are not as the reward needs them; the message says which column, and what to do."""


class UndecidedError(Failure):
    """The verifier could not judge an answer, which makes it neither right nor wrong."""


def question(family: str, version: int, payload: str, task_id: str = "") -> Task:
    """What the verifier needs of a task; `payload` is JSON. Raises OutsideError, RegistryError.

    Another version of the family would leave every answer undecided, and a training would learn nothing in silence.
    """
    known = family_named(family).version
    if known != version:
        raise OutsideError(
            f"the rows have version {version} of {family} and the Taskmill installed here has {known}: install the one "
            "that made them, or generate them anew"
        )
    return Task(
        id=task_id,
        family=family,
        domain="",
        level=0,
        style="",
        prompt=(),
        answer="",
        payload=_decoded(payload, family),
        params={},
        canonical="",
        features={},
        seed=0,
        index=0,
        version=version,
    )


def _decoded(payload: str, family: str) -> dict[str, object]:
    try:
        return msgspec.json.decode(payload, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise OutsideError(f"payload: this is no payload of {family} ({error}); export the run again") from None


class SharedVerifiers:
    """`count` processes that verify, for any number of threads at once; an answer may take `seconds`."""

    def __init__(self, count: int, seconds: float) -> None:
        self._free: SimpleQueue[Verifiers] = SimpleQueue()
        for _ in range(count):
            self._free.put(Verifiers(1, seconds))
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="verify")
        self._count = count

    def judge(self, answered: Sequence[tuple[Task, str]]) -> list[Verdict]:
        """A verdict for every task and response, in order. Raises RegistryError for a family unknown here."""
        return list(self._threads.map(self._judge, answered))

    def close(self) -> None:
        """Waits for answers that are being judged, and ends the processes."""
        self._threads.shutdown()
        for _ in range(self._count):
            self._free.get().close()

    def _judge(self, answered: tuple[Task, str]) -> Verdict:
        verifiers = self._free.get()
        try:
            return verifiers.judge([answered])[0]
        finally:
            self._free.put(verifiers)


def verdicts(answered: Sequence[tuple[Task, str]]) -> list[Verdict]:
    """A verdict for every task and response, by processes that this one shares and that end with it."""
    own = os.getpid()
    shared = _SHARED.get(own) or _SHARED.setdefault(own, SharedVerifiers(PROCESSES, SECONDS))
    return shared.judge(answered)


# A trainer finds its reward by name, so nobody could hand it these. A fork has none of its parent's.
_SHARED: dict[int, SharedVerifiers] = {}
