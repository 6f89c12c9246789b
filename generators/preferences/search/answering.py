"""What a round of searches asks, answered: the model draws, the verifier judges, a value model says what is worth what.

Each kind of question is one call, and what stands before a question is read once for all its answers.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import msgspec

from generators.judging import Judge, judge_here
from generators.preferences.confidence import Decode
from generators.preferences.search.asking import Ask, Path
from generators.preferences.steps import first_step
from pipeline.engines.protocol import Completion, Engine, Request, Sampling
from pipeline.seeding import derived_seed
from schemas import Continuation, Reason, Task, Verdict
from schemas.failure import Failure

BATCH = 64
"""Continuations that are judged and handed out together."""

Values = Callable[[Sequence[tuple[Task, Path]]], list[float]]
"""What beginnings of responses are worth, in [0, 1]: a process reward model."""

Key = tuple[str, int, int]
"""Task id, number of the question in its tree, number of the answer."""


class SearchError(Failure, RuntimeError):
    """A search can't go on; the message says why."""


@dataclass(frozen=True)
class Searching:
    """What answers: `sampling` draws whole responses, which end a step at one of `step_stops` where one step is wanted.

    A response has `sampling.max_tokens` tokens at most over all its steps, and with its prompt no more than `context`.
    `prefill` is put into the model's mouth; `values` is None where no search asks for values.
    """

    engine: Engine
    decode: Decode
    sampling: Sampling
    step_stops: tuple[str, ...]
    seed: int
    prefill: str = ""
    judge: Judge = judge_here
    values: Values | None = None
    max_tokens: int | None = None
    context: int | None = None
    at_once: int = 4096


class Slot(msgspec.Struct, frozen=True):
    """One wanted answer."""

    task: Task
    number: int
    sample: int
    ask: Ask

    @property
    def key(self) -> Key:
        return self.task.id, self.number, self.sample


def answered(slots: Sequence[Slot], searching: Searching) -> Iterator[tuple[Continuation, ...]]:
    """The answers in batches; each kind of question is one call."""
    of_kind = {kind: [slot for slot in slots if slot.ask.kind == kind] for kind in ("value", "whole", "step")}
    if of_kind["value"]:
        yield _valued(of_kind["value"], searching)
    sampling = searching.sampling
    to_step = msgspec.structs.replace(sampling, stop=(*sampling.stop, *searching.step_stops))
    for own, drawn_by in ((of_kind["whole"], sampling), (of_kind["step"], to_step)):
        made = _sampled(own, searching, drawn_by) if own else iter(())
        while batch := list(islice(made, BATCH)):
            yield _judged(batch, searching)


class _Drawn(NamedTuple):
    """What the engine drew for a slot, and how many tokens the response may still have after it."""

    slot: Slot
    done: Completion
    room: int

    def at_step(self, searching: Searching) -> bool:
        """Whether it stopped at the end of a step, not at that of the response.

        An engine stops at a token in which the stop stands, wherever in it.
        """
        text = self.done.text
        return (
            self.slot.ask.kind == "step"
            and self.done.finish == "stop"
            and any(stop in text for stop in searching.step_stops)
            and not any(stop in text for stop in searching.sampling.stop)
        )


def _sampled(slots: Sequence[Slot], searching: Searching, sampling: Sampling) -> Iterator[_Drawn]:
    """One call of the engine; what stands before an answer is read once for all the answers there."""
    asked: dict[str, list[Slot]] = {}
    for slot in slots:
        asked.setdefault(f"{slot.task.id} {slot.number}", []).append(slot)
    prompts: dict[str, Path] = {}

    def requests() -> Iterator[Request]:
        for name, own in asked.items():
            task = own[0].task
            if task.id not in prompts:
                prompts[task.id] = searching.engine.encode(task.prompt, searching.prefill)
            seeds = tuple(_seed(slot, searching.seed) for slot in own)
            yield Request(id=name, prompt_ids=prompts[task.id] + own[0].ask.path, seeds=seeds)

    longest = max(1, sampling.max_tokens - min(len(slot.ask.path) for slot in slots))
    for done in searching.engine.generate(requests(), msgspec.structs.replace(sampling, max_tokens=longest)):
        slot = asked[done.request_id][done.sample]
        most = sampling.max_tokens
        if searching.context is not None:
            most = min(most, searching.context - len(prompts[slot.task.id]))
        yield _Drawn(slot, done, most - len(slot.ask.path) - len(done.token_ids))


def _valued(slots: Sequence[Slot], searching: Searching) -> tuple[Continuation, ...]:
    if searching.values is None:
        raise SearchError("this search asks what beginnings are worth: give it a process reward model")
    told = searching.values([(slot.task, slot.ask.path) for slot in slots])
    return tuple(_continuation(slot, score=value) for slot, value in zip(slots, told, strict=True))


def _judged(batch: Sequence[_Drawn], searching: Searching) -> tuple[Continuation, ...]:
    """Verdicts on the responses that have ended, on their whole texts."""
    ended = [_ends(drawn, searching) for drawn in batch]
    whole = [
        (drawn.slot.task, searching.prefill + searching.decode(drawn.slot.ask.path + drawn.done.token_ids))
        for drawn, ends in zip(batch, ended, strict=True)
        if ends
    ]
    verdicts = iter(searching.judge(whole))
    return tuple(
        _drawn_on(drawn, searching, next(verdicts) if ends else None) for drawn, ends in zip(batch, ended, strict=True)
    )


def _ends(drawn: _Drawn, searching: Searching) -> bool:
    """Whether the response ends here by itself; what was cut off for its length does not."""
    return drawn.done.finish == "stop" and drawn.room >= 0 and not drawn.at_step(searching)


def _drawn_on(drawn: _Drawn, searching: Searching, verdict: Verdict | None) -> Continuation:
    """Tokens of the next step are dropped, and those for which there is no room: one call draws up to the longest room
    of its round. A step after which there is no room ends its response, without a verdict."""
    ids = drawn.done.token_ids[: len(drawn.done.token_ids) + min(0, drawn.room)]
    kept = first_step(ids, searching.decode, searching.step_stops) if drawn.at_step(searching) else len(ids)
    return _continuation(
        drawn.slot,
        seed=_seed(drawn.slot, searching.seed),
        token_ids=ids[:kept],
        logprobs=drawn.done.logprobs[:kept],
        ended=verdict is not None or (drawn.slot.ask.kind == "step" and drawn.room <= 0),
        score=verdict.score if verdict else None,
        reason=verdict.reason if verdict else None,
    )


def _continuation(
    slot: Slot,
    *,
    seed: int = 0,
    token_ids: Path = (),
    logprobs: tuple[float, ...] = (),
    ended: bool = False,
    score: float | None = None,
    reason: Reason | None = None,
) -> Continuation:
    return Continuation(
        task_id=slot.task.id,
        ask=slot.number,
        sample=slot.sample,
        kind=slot.ask.kind,
        path_tokens=len(slot.ask.path),
        seed=seed,
        token_ids=token_ids,
        logprobs=logprobs,
        ended=ended,
        score=score,
        reason=reason,
    )


def _seed(slot: Slot, seed: int) -> int:
    return derived_seed(seed, "search", slot.task.id, slot.number, slot.sample)
