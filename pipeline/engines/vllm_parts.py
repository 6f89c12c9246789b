"""What is said between the vLLM engine and the vLLM that it drives, in this process or in another."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from pipeline.engines.protocol import Sampling
from schemas import Finish

if TYPE_CHECKING:
    from torch import Tensor


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What vLLM is opened with; None is what fits, or vLLM's own default."""

    path: str
    dtype: str = "auto"
    context: int | None = None
    cache_gb: float | None = None
    rows: int | None = None
    threads: int | None = None


class Serving(msgspec.Struct, frozen=True, kw_only=True):
    """What has come of it: longest prompt and completion together, number of token ids, samples decoded at a time, and
    the `versions` of what computes them, which may be of another environment."""

    context: int
    vocabulary: int
    rows: int
    dtype: str
    versions: tuple[str, ...]


class Wanted(msgspec.Struct, frozen=True):
    """One sample: `key` names it, and one of `stop_ids` ends it."""

    key: int
    prompt_ids: tuple[int, ...]
    seed: int
    sampling: Sampling
    stop_ids: tuple[int, ...]


class Made(msgspec.Struct, frozen=True):
    """A finished sample; `token_ids` and `logprobs` as in `Completion`."""

    key: int
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    finish: Finish


class Core(Protocol):
    """vLLM, wherever it runs. Everything may raise EngineError."""

    @property
    def serving(self) -> Serving: ...

    def add(self, samples: Sequence[Wanted]) -> None: ...

    def made(self) -> list[Made]:
        """Decodes until samples are finished, and gives these; none where none is under way."""

    def drop(self, keys: Sequence[int]) -> None:
        """Forgets samples, under way or finished."""

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probabilities (temperature 1) of the tokens of each continuation; none may be empty."""

    def serve(self, weights: "Path | Iterable[tuple[str, Tensor]]") -> None:
        """Takes new weights, of a folder or under the checkpoint's names, in place of the old."""

    def sleep(self) -> None: ...

    def wake(self) -> None: ...

    def close(self) -> None: ...
