"""The vLLM engine: the contract of all engines, over a vLLM in this process or in one of its own."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from pipeline.engines.chat import encoded
from pipeline.engines.ending import Ending, end_tokens
from pipeline.engines.prompts import refuse_unreadable
from pipeline.engines.protocol import Completion, EngineError, Request, Sampling
from pipeline.engines.served_weights import Score, probes, refuse_other_weights
from pipeline.engines.vllm_opening import opened
from pipeline.engines.vllm_parts import Core, Made, Opening, Wanted
from pipeline.models import load_tokenizer, resolve
from schemas import Message

if TYPE_CHECKING:
    from torch import Tensor


class VllmEngine:
    """Samples from and scores with a model in vLLM.

    Each sample draws from its own seed as in the transformers engine, and is the same there up to rounding, whatever
    else is in the batch. Samples of a prompt, and prompts that begin alike, share what was computed for the beginning.
    """

    kind: Literal["transformers", "vllm", "server"] = "vllm"

    def __init__(self, core: Core, tokenizer: Any, end_ids: frozenset[int], *, name: str, revision: str) -> None:
        self.model, self.revision = name, revision
        self._core, self._tokenizer = core, tokenizer
        self._end_ids = end_ids
        self._keys = count()
        self._made: dict[int, Made] = {}
        self._closed = False

    @classmethod
    def load(
        cls,
        name: str,
        *,
        dtype: Literal["auto", "float32", "bfloat16"] = "auto",
        context: int | None = None,
        cache_gb: float | None = None,
        rows: int | None = None,
        threads: int | None = None,
        cache: Path | None = None,
    ) -> "VllmEngine":
        """The engine of a registry model (see `pipeline.models.resolve`), on the GPU where vLLM has one.

        "auto" is float32 on a CPU and bfloat16 on a GPU. `context` is the longest prompt and completion together, by
        default the model's, or what the cache has room for. The cache of keys and values takes `cache_gb` GiB: by
        default 4 on a CPU, and on a GPU what is left of nine tenths of it. `rows` samples are decoded at a time.
        Raises EngineError where there is no vLLM, or it can't open the model.
        """
        checkpoint = resolve(name, cache=cache)
        tokenizer, end_ids = _tokenizer(checkpoint.path)
        opening = Opening(
            path=checkpoint.path, dtype=dtype, context=context, cache_gb=cache_gb, rows=rows, threads=threads
        )
        return cls(opened(opening), tokenizer, end_ids, name=checkpoint.name, revision=checkpoint.revision)

    @property
    def versions(self) -> tuple[str, ...]:
        """Of vLLM and PyTorch, where they run."""
        return self._core.serving.versions

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        self._refuse_closed()
        return encoded(self._tokenizer, self.model, messages, prefill)

    def generate(self, requests: Iterable[Request], sampling: Sampling) -> Iterator[Completion]:
        """Every sample of every request, as soon as it is done. Raises EngineError for a prompt that can't be read."""
        self._refuse_closed()
        ending = Ending(self._tokenizer, self._end_ids, sampling)
        wanted = ((request, sample) for request in requests for sample in range(len(request.seeds)))
        flying: dict[int, tuple[Request, int]] = {}
        try:
            while True:
                # Twice what is decoded at a time: a freed row never waits, and an endless stream is read as needed.
                more = {next(self._keys): one for one in islice(wanted, 2 * self._core.serving.rows - len(flying))}
                self._core.add([self._wanted(key, *one, sampling) for key, one in more.items()])
                flying |= more
                if not flying:
                    return
                for made in self._taken(flying):
                    request, sample = flying.pop(made.key)
                    yield Completion(
                        request_id=request.id,
                        sample=sample,
                        token_ids=made.token_ids,
                        logprobs=made.logprobs,
                        text=ending.text(made.token_ids),
                        finish=made.finish,
                    )
        finally:
            for key in flying:
                self._made.pop(key, None)
            # An error that is on its way says more than what a dead engine answers; a closed one has forgotten all.
            with suppress(EngineError):
                if not self._closed:
                    self._core.drop(list(flying))

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probabilities (temperature 1) of each continuation's tokens. Raises EngineError for an empty prompt."""
        self._refuse_closed()
        if len(prompts) != len(continuations):
            raise EngineError(f"{len(prompts)} prompts but {len(continuations)} continuations to score")
        scores: list[list[float]] = [[] for _ in prompts]
        asked = [number for number, continuation in enumerate(continuations) if continuation]
        for number, (prompt, continuation) in enumerate(zip(prompts, continuations, strict=True)):
            text = (*prompt, *continuation) if prompt else ()
            self._refuse_unreadable(f"number {number}", text, len(text))
        found = self._core.score([prompts[one] for one in asked], [continuations[one] for one in asked])
        for number, logprobs in zip(asked, found, strict=True):
            scores[number] = logprobs
        return scores

    def load_weights(
        self, weights: Path | Iterable[tuple[str, "Tensor"]], *, revision: str, reference: Score | None = None
    ) -> None:
        """Serves other weights of the same model from now on, under that revision.

        `weights` are a folder of safetensors files, or names and tensors as `state_dict` gives them. `reference` scores
        by the new weights, such as the `score` of a transformers engine over a learner; for a folder that is a whole
        checkpoint it may be left out. Raises EngineError when samples are under way, and closes the engine too when
        what it serves afterwards does not score as the reference does.
        """
        self._refuse_closed()
        if reference is None:
            if not isinstance(weights, Path):
                raise EngineError("give a reference with tensors: what scores by the new weights, to check them by")
            reference = _scores_of(weights)
        prompts, continuations = probes(self._core.serving.vocabulary)
        expected = reference(prompts, continuations)
        self._core.serve(weights)
        self.revision = revision
        served = self._core.score(prompts, continuations)
        try:
            dtype, cure = self._core.serving.dtype, "open the engine anew with them"
            refuse_other_weights(self.model, revision, served, expected, dtype, cure)
        except EngineError:
            self.close()
            raise

    def sleep(self) -> None:
        """Gives the GPU's memory back until `wake`: weights wait in main memory. EngineError on a CPU, which can't."""
        self._refuse_closed()
        self._core.sleep()

    def wake(self) -> None:
        self._refuse_closed()
        self._core.wake()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._core.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise EngineError(f"this engine of {self.model} is closed: open another")

    def _wanted(self, key: int, request: Request, sample: int, sampling: Sampling) -> Wanted:
        length = len(request.prompt_ids)
        self._refuse_unreadable(repr(request.id), request.prompt_ids, length + 1)
        limit = min(sampling.max_tokens, self._core.serving.context - length)
        return Wanted(
            key,
            request.prompt_ids,
            request.seeds[sample],
            msgspec.structs.replace(sampling, max_tokens=limit),
            tuple(sorted(self._end_ids)),
        )

    def _taken(self, flying: Iterable[int]) -> list[Made]:
        """Finished ones of these; what other callers wait for is put aside for them."""
        while not (mine := [key for key in flying if key in self._made]):
            self._made.update((made.key, made) for made in self._core.made())
        return [self._made.pop(key) for key in mine]

    def _refuse_unreadable(self, whose: str, ids: Sequence[int], length: int) -> None:
        serving = self._core.serving
        refuse_unreadable(whose, ids, length, self.model, vocabulary=serving.vocabulary, context=serving.context)


def _tokenizer(path: str) -> tuple[Any, frozenset[int]]:
    """The tokenizer of a checkpoint folder, and the tokens that end a turn."""
    tokenizer, generation_config = load_tokenizer(path)
    if generation_config is None:
        from transformers import AutoConfig

        generation_config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    return tokenizer, end_tokens(generation_config, tokenizer)


def _scores_of(folder: Path) -> Score:
    """The checkpoint's own scores, by transformers on the CPU, which reads it for that and forgets it."""
    from pipeline.engines.transformers import TransformersEngine

    def scores(prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        engine = TransformersEngine.load(str(folder), device="cpu")
        try:
            return engine.score(prompts, continuations)
        finally:
            engine.close()

    return scores
