"""A batch that never waits for its slowest row: finished samples leave it, waiting ones enter.

The samples of a prompt share its prefill, and all prompts share the prefill of what they begin with.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pipeline.engines.ending import Ending
from pipeline.engines.forward import advance, blocks, evaluating, right_aligned
from pipeline.engines.kvcache import RowCache
from pipeline.engines.prefix import read_beginning, write_beginning
from pipeline.engines.protocol import Completion, Sampling
from pipeline.engines.sampling import choose, uniforms

_PREFILL_TOKENS = 4096
"""Prompt tokens prefilled at once: enough to fill the cores, few enough to start decoding soon."""


@dataclass(frozen=True)
class Work:
    """One prompt and the samples (index, seed) wanted of it, of at most `limit` tokens each."""

    request_id: str
    prompt_ids: tuple[int, ...]
    samples: tuple[tuple[int, int], ...]
    limit: int

    @property
    def longest(self) -> int:
        return len(self.prompt_ids) + self.limit

    def split(self, most: int) -> "Iterator[Work]":
        """The same in pieces of at most so many samples."""
        for first in range(0, len(self.samples), most):
            yield replace(self, samples=self.samples[first : first + most])


@dataclass(slots=True)
class _Sample:
    """A sample under way: its prompt begins in column `start` of its row."""

    work: Work
    index: int
    uniforms: NDArray[np.floating[Any]]
    start: int = 0
    token_ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)


class Batch:
    """Works through a list in rows of one cache; iterating gives each completion as soon as it is done.

    At most `rows` samples at a time, each row `columns` long, prompts longest first: so a waiting prompt is never
    longer than what a freed row has already gone by, and can enter it right-aligned.
    """

    def __init__(
        self,
        model: Any,
        layers: int,
        works: Sequence[Work],
        sampling: Sampling,
        ending: Ending,
        rows: int,
        columns: int,
    ) -> None:
        self._model, self._layers, self._sampling, self._ending = model, layers, sampling, ending
        pieces = [piece for work in works for piece in work.split(rows)]
        self._waiting = deque(sorted(pieces, key=lambda work: -len(work.prompt_ids)))
        self._rows = rows
        self._live: list[_Sample] = []
        self._cache = RowCache(layers, rows, columns)
        self._beginning: RowCache | None = None

    def __iter__(self) -> Iterator[Completion]:
        with evaluating(self._model):
            self._beginning = read_beginning(self._model, self._layers, [work.prompt_ids for work in self._waiting])
        while self._waiting or self._live:
            with evaluating(self._model):
                done = self._admit() if self._has_room() else self._step()
            yield from done

    def _has_room(self) -> bool:
        """Whether to prefill now: a quarter of the rows at a time, so that prefills are few and full."""
        if not self._waiting:
            return False
        quarter = max(1, self._rows // 4)
        wanted = sum(len(work.samples) for work in islice(self._waiting, quarter))
        return self._rows - len(self._live) >= max(len(self._waiting[0].samples), min(quarter, wanted))

    def _admit(self) -> list[Completion]:
        """Prefills the next prompts, draws the first token of their samples and gives these rows."""
        works = self._next_works()
        ids, starts = right_aligned([work.prompt_ids for work in works], self._model.device)
        prefilled = RowCache(self._layers, *ids.shape)
        write_beginning(self._beginning, prefilled, starts.tolist())
        for block in blocks(prefilled, ids):
            logits = advance(self._model, prefilled, block, starts)
        opened = [[_Sample(work, one, uniforms(seed, work.limit)) for one, seed in work.samples] for work in works]
        parents = [row for row, samples in enumerate(opened) for _ in samples]
        done = self._draw([sample for samples in opened for sample in samples], logits[parents, 0])
        if not self._live:
            self._cache.length = prefilled.length
        for row, (samples, start) in enumerate(zip(opened, starts.tolist(), strict=True)):
            self._seat([sample for sample in samples if id(sample) not in done], prefilled, row, start)
        return list(done.values())

    def _next_works(self) -> list[Work]:
        """The longest waiting prompts whose samples fit into the free rows, at least one."""
        works = [self._waiting.popleft()]
        free = self._rows - len(self._live) - len(works[0].samples)
        width = len(works[0].prompt_ids)
        while self._waiting and len(self._waiting[0].samples) <= free and (len(works) + 1) * width <= _PREFILL_TOKENS:
            works.append(self._waiting.popleft())
            free -= len(works[-1].samples)
        return works

    def _seat(self, samples: list[_Sample], prefilled: RowCache, row: int, start: int) -> None:
        """Gives samples of one prompt, prefilled in `row` from column `start` on, the next free rows."""
        if not samples:
            return
        rows = slice(len(self._live), len(self._live) + len(samples))
        column = self._cache.length - (prefilled.length - start)
        self._cache.copy_row(prefilled, row, slice(start, prefilled.length), rows, column)
        for sample in samples:
            sample.start = column
        self._live += samples

    def _step(self) -> list[Completion]:
        """One token for every live sample."""
        if self._cache.length == self._cache.columns:
            self._forget_dead_columns()
        device = self._model.device
        ids = torch.tensor([sample.token_ids[-1:] for sample in self._live], device=device)
        starts = torch.tensor([sample.start for sample in self._live], device=device)
        done = self._draw(self._live, advance(self._model, self._cache, ids, starts)[:, 0])
        for row in reversed(range(len(self._live))):
            if id(self._live[row]) in done:
                self._free(row)
        return list(done.values())

    def _free(self, row: int) -> None:
        """The last live row moves into the freed one: rows in use stay together, and little is copied."""
        last = len(self._live) - 1
        if row != last:
            self._cache.move_row(last, row)
            self._live[row] = self._live[last]
        self._live.pop()

    def _forget_dead_columns(self) -> None:
        dead = min(sample.start for sample in self._live)
        self._cache.drop_columns(dead)
        for sample in self._live:
            sample.start -= dead

    def _draw(self, samples: Sequence[_Sample], logits: Tensor) -> dict[int, Completion]:
        """The next token of each sample from logits (R, V); gives the finished ones by the sample's identity."""
        numbers = torch.tensor(
            [sample.uniforms[len(sample.token_ids)] for sample in samples], dtype=torch.float64, device=logits.device
        )
        tokens, logprobs = choose(logits, numbers, self._sampling)
        done: dict[int, Completion] = {}
        for sample, token, logprob in zip(samples, tokens.tolist(), logprobs.tolist(), strict=True):
            sample.token_ids.append(token)
            sample.logprobs.append(logprob)
            if finish := self._ending.finish(sample.token_ids, sample.work.limit):
                done[id(sample)] = Completion(
                    request_id=sample.work.request_id,
                    sample=sample.index,
                    token_ids=tuple(sample.token_ids),
                    logprobs=tuple(sample.logprobs),
                    text=self._ending.text(sample.token_ids),
                    finish=finish,
                )
        return done
