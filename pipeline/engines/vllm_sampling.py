"""Our own sampler inside of vLLM: every sample draws from its own seed, as it does in the transformers engine.

vLLM calls a logits processor before it samples. Ours samples: of each row it leaves one token, with its log-probability
in place of its logit, and vLLM's greedy choice then takes that token and gives that number back. So seeds, cuts and
log-probabilities mean the same in both engines. vLLM's own sampler can't do that: its log-probabilities are those
before the temperature or those after the cuts, and its seeds crash the CPU build where a prompt is read in pieces.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from vllm.v1.sample.logits_processor import LogitsProcessor, process_dict_updates

from pipeline.engines.protocol import Sampling
from pipeline.engines.sampling import choose, uniforms


def drawn(sampling: Sampling, seed: int) -> dict[str, Any]:
    """The `extra_args` of a request whose tokens are drawn from a seed."""
    return {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": sampling.top_k,
        "seed": seed,
    }


def given(token: int) -> dict[str, Any]:
    """The `extra_args` of a request for a token's log-probability (temperature 1): it is taken, whatever its chance."""
    return {"token": token}


@dataclass(frozen=True)
class _Row:
    """A request in the batch: how its tokens are drawn, or its one token; vLLM appends to `output` as it goes."""

    sampling: Sampling | None
    uniforms: NDArray[np.floating[Any]]
    token: int
    output: list[int]


class SeededSampler(LogitsProcessor):  # type: ignore[misc]
    """Chooses the token of every row by its request's seed."""

    def __init__(self, vllm_config: Any, device: torch.device, is_pin_memory: bool) -> None:
        self._rows: dict[int, _Row] = {}

    def is_argmax_invariant(self) -> bool:
        return False

    def update_state(self, batch_update: Any) -> None:
        process_dict_updates(self._rows, batch_update, _row)

    def apply(self, logits: Tensor) -> Tensor:
        """`logits` (R, V) in float32, overwritten; a row that is no request of ours stays as it is."""
        alike: dict[Sampling | None, list[int]] = {}
        for place in sorted(self._rows):
            alike.setdefault(self._rows[place].sampling, []).append(place)
        for sampling, places in alike.items():
            rows = [self._rows[place] for place in places]
            index = torch.tensor(places, device=logits.device)
            own = logits if len(places) == len(logits) else logits[index]
            tokens, logprobs = _given(own, rows) if sampling is None else _drawn(own, rows, sampling)
            logits.index_fill_(0, index, -torch.inf)
            logits[index, tokens] = logprobs.to(logits.dtype)
        return logits


def _drawn(logits: Tensor, rows: list[_Row], sampling: Sampling) -> tuple[Tensor, Tensor]:
    numbers = [row.uniforms[len(row.output)] for row in rows]
    return choose(logits, torch.tensor(numbers, dtype=torch.float64, device=logits.device), sampling)


def _given(logits: Tensor, rows: list[_Row]) -> tuple[Tensor, Tensor]:
    tokens = torch.tensor([row.token for row in rows], device=logits.device)
    return tokens, logits.log_softmax(-1).gather(-1, tokens[:, None])[:, 0]


def _row(params: Any, prompt: list[int] | None, output: list[int]) -> _Row | None:
    """What vLLM's request means to us; None for one of its own, such as a warm-up."""
    extra = params.extra_args or {}
    if "token" in extra:
        return _Row(None, uniforms(0, 0), extra["token"], output)
    if "seed" not in extra:
        return None
    sampling = Sampling(temperature=extra["temperature"], top_p=extra["top_p"], top_k=extra["top_k"])
    return _Row(sampling, uniforms(extra["seed"], params.max_tokens), -1, output)
