"""The embedded engine: a transformers model in this process, on the CPU or one GPU, with a decoding loop of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from pipeline.engines.batch import Batch, Work
from pipeline.engines.beginnings import by_beginning
from pipeline.engines.chat import encoded
from pipeline.engines.ending import Ending, end_tokens
from pipeline.engines.forward import advance, blocks, evaluating, right_aligned
from pipeline.engines.kvcache import RowCache, column_bytes, layer_count, layer_dtype
from pipeline.engines.prefix import read_beginning, write_beginning
from pipeline.engines.prompts import refuse_unreadable
from pipeline.engines.protocol import Completion, EngineError, Request, Sampling
from pipeline.models import load_model, resolve
from schemas import Message

_WINDOW = 1024
"""Requests read ahead, to be sorted by length: bounds the memory of an endless stream."""
_SCORED_LOGITS = 2**26
"""Logits held at once while scoring: 256 MB."""

_Reading = Callable[[Sequence[Sequence[int]], Sequence[Sequence[int]], RowCache | None], list[list[float]]]
"""What is read of texts behind their prompts, given what all of them begin with."""


class TransformersEngine:
    """Samples from and scores with a causal language model of the transformers library.

    `rows` samples are decoded at a time, fewer where their cache would outgrow `cache_gb`. The model may be one that
    is being trained: weights are read as they are at each step, and its training mode is given back.
    """

    kind: Literal["transformers", "vllm", "server"] = "transformers"

    def __init__(
        self, model: Any, tokenizer: Any, *, name: str, revision: str, rows: int | None = None, cache_gb: float = 4.0
    ) -> None:
        self.model, self.revision = name, revision
        self._model, self._tokenizer = model, tokenizer
        self._layers = layer_count(model.config)
        self._rows = rows or (128 if model.device.type == "cpu" else 256)
        self._cells = int(cache_gb * 2**30) // column_bytes(model.config, layer_dtype(model))
        self._context = int(getattr(model.config, "max_position_embeddings", 0) or 2**31)
        self._end_ids = end_tokens(getattr(model, "generation_config", None), tokenizer)

    @classmethod
    def load(
        cls,
        name: str,
        *,
        dtype: Literal["auto", "float32", "bfloat16"] = "auto",
        device: str | None = None,
        rows: int | None = None,
        cache_gb: float = 4.0,
        cache: Path | None = None,
    ) -> "TransformersEngine":
        """The engine of a registry model (see `pipeline.models.resolve`), on the GPU where there is one.

        "auto" is float32 on a CPU, so that every machine samples the same, and bfloat16 on a GPU that computes it.
        """
        checkpoint = resolve(name, cache=cache)
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if dtype == "auto":
            dtype = "bfloat16" if device.startswith("cuda") and torch.cuda.is_bf16_supported() else "float32"
        model, tokenizer = load_model(checkpoint.path, dtype)
        return cls(
            model.to(device).eval(),
            tokenizer,
            name=checkpoint.name,
            revision=checkpoint.revision,
            rows=rows,
            cache_gb=cache_gb,
        )

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        self._refuse_closed()
        return encoded(self._tokenizer, self.model, messages, prefill)

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        """Every sample of every request, as soon as it is done. Raises EngineError for a prompt that can't be read."""
        self._refuse_closed()
        ending = Ending(self._tokenizer, self._end_ids, sampling)
        stream = iter(requests)
        while window := list(islice(stream, _WINDOW)):
            works = [self._work(request, sampling) for request in window if request.seeds]
            for batch in (batch for group in by_beginning(works) for batch in self._alike(group)):
                rows, columns = self._room(batch)
                yield from Batch(self._model, self._layers, batch, sampling, ending, rows, columns)

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probabilities (temperature 1) of each continuation's tokens. Raises EngineError for an empty prompt."""
        return self._read(prompts, continuations, self._logprobs)

    def soft_values(
        self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]
    ) -> list[list[float]]:
        """The logarithm of the sum of the logits' exponentials (T + 1,) before each token of a continuation and behind
        its last: what the soft value of that state is, where logits are read as a Q-function. Same errors."""
        return self._read(prompts, continuations, self._values)

    def close(self) -> None:
        self._model = self._tokenizer = None
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _refuse_closed(self) -> None:
        if self._model is None:
            raise EngineError(f"this engine of {self.model} is closed: open another")

    def _read(
        self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]], reading: _Reading
    ) -> list[list[float]]:
        """What a reading finds in each continuation, in batches that share what their prompts begin with."""
        self._refuse_closed()
        if len(prompts) != len(continuations):
            raise EngineError(f"{len(prompts)} prompts but {len(continuations)} continuations to score")
        texts = [(*prompt, *continuation) for prompt, continuation in zip(prompts, continuations, strict=True)]
        for number, (prompt, text) in enumerate(zip(prompts, texts, strict=True)):
            self._refuse_unreadable(f"number {number}", text if prompt else (), len(text))
        scores: list[list[float]] = [[] for _ in texts]
        works = [
            Work(str(number), tuple(prompt), ((0, 0),), len(continuation))
            for number, (prompt, continuation) in enumerate(zip(prompts, continuations, strict=True))
        ]
        for alike in by_beginning(works):
            order = sorted((int(work.request_id) for work in alike), key=lambda number: -len(texts[number]))
            with evaluating(self._model):
                beginning = read_beginning(self._model, self._layers, [work.prompt_ids for work in alike])
                while order:
                    count = max(1, min(self._rows, self._cells // len(texts[order[0]])))
                    group, order = order[:count], order[count:]
                    found = reading([prompts[one] for one in group], [texts[one] for one in group], beginning)
                    for number, own in zip(group, found, strict=True):
                        scores[number] = own
        return scores

    def _work(self, request: Request, sampling: Sampling) -> Work:
        length = len(request.prompt_ids)
        self._refuse_unreadable(repr(request.id), request.prompt_ids, length + 1)
        limit = min(sampling.max_tokens, self._context - length)
        return Work(request.id, request.prompt_ids, tuple(enumerate(request.seeds)), limit)

    def _alike(self, works: Sequence[Work]) -> Iterator[list[Work]]:
        """Batches of prompts for which memory allows about the same number of rows, so that a giant slows no others."""
        longest_first = sorted(works, key=lambda work: -work.longest)
        for _, batch in groupby(longest_first, lambda work: min(self._rows, self._cells // work.longest).bit_length()):
            yield list(batch)

    def _room(self, works: Sequence[Work]) -> tuple[int, int]:
        """Rows and columns of a batch's cache, within the memory; at least one row, whatever it takes."""
        longest = max(work.longest for work in works)
        wanted = sum(len(work.samples) for work in works)
        if wanted <= min(self._rows, self._cells // longest):
            return wanted, longest
        # Where rows change hands, a quarter of slack, so that dead columns are dropped now and then, not at every step.
        columns = longest + longest // 4
        return max(1, min(self._rows, self._cells // columns)), columns

    def _refuse_unreadable(self, whose: str, ids: Sequence[int], length: int) -> None:
        vocabulary = self._model.config.get_text_config().vocab_size
        refuse_unreadable(whose, ids, length, self.model, vocabulary=vocabulary, context=self._context)

    def _logprobs(
        self, prompts: Sequence[Sequence[int]], texts: Sequence[Sequence[int]], beginning: RowCache | None
    ) -> list[list[float]]:
        """Log-probabilities of what follows each prompt in its text."""

        def of_next(logits: Tensor, following: Tensor) -> Tensor:
            return logits.log_softmax(-1).gather(-1, following[..., None])[..., 0]

        return self._walked(prompts, texts, beginning, of_next, behind=False)

    def _values(
        self, prompts: Sequence[Sequence[int]], texts: Sequence[Sequence[int]], beginning: RowCache | None
    ) -> list[list[float]]:
        return self._walked(prompts, texts, beginning, lambda logits, _: logits.logsumexp(-1), behind=True)

    def _walked(
        self,
        prompts: Sequence[Sequence[int]],
        texts: Sequence[Sequence[int]],
        beginning: RowCache | None,
        taken: Callable[[Tensor, Tensor], Tensor],
        *,
        behind: bool,
    ) -> list[list[float]]:
        """What is `taken` of the logits (R, C, V) and the tokens (R, C) that follow them, from each prompt's end up to
        the last token or `behind` it too, in passes whose logits stay small. `beginning` is what all texts begin with,
        read already.
        """
        ids, starts = right_aligned(texts, self._model.device)
        cache = RowCache(self._layers, *ids.shape)
        write_beginning(beginning, cache, starts.tolist())
        first = ids.shape[1] - 1 - max(len(text) - len(prompt) for prompt, text in zip(prompts, texts, strict=True))
        for block in blocks(cache, ids[:, : max(first, 0)]):
            advance(self._model, cache, block, starts)
        step = max(1, _SCORED_LOGITS // (ids.shape[0] * self._model.config.get_text_config().vocab_size))
        found = [torch.empty(len(texts), 0, device=ids.device)]
        for block in blocks(cache, ids if behind else ids[:, :-1], step):
            following = ids[:, cache.length + 1 : cache.length + 1 + block.shape[1]]
            logits = advance(self._model, cache, block, starts, keep=block.shape[1])
            found.append(taken(logits, following))
        rows: list[list[float]] = torch.cat(found, 1).tolist()
        wanted = [len(text) - len(prompt) + behind for prompt, text in zip(prompts, texts, strict=True)]
        return [row[len(row) - count :] for row, count in zip(rows, wanted, strict=True)]
