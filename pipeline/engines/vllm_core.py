"""vLLM in this process: samples that are wanted go in, finished ones come out. The only file that knows its API."""

import gc
import os
import random
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
import vllm
from torch import Tensor
from vllm import LLM, SamplingParams, TokensPrompt
from vllm.distributed.parallel_state import cleanup_dist_env_and_memory
from vllm.platforms import current_platform
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
from vllm.v1.outputs import LogprobsTensors

from pipeline.engines.protocol import EngineError
from pipeline.engines.vllm_parts import Made, Opening, Serving, Wanted
from pipeline.engines.vllm_sampling import SeededSampler, drawn, given
from pipeline.engines.vllm_weights import serve, tensors

_BLOCK = 32
"""Tokens of a block of the cache on a CPU: prompts share whole blocks only, and its kernels want multiples of 32."""
_CACHE_GB = 4.0
"""GiB for keys and values on a CPU, as much as the transformers engine takes."""


class VllmCore:
    """The one vLLM engine that a process can have at a time. Raises EngineError where vLLM can't open it."""

    def __init__(self, opening: Opening) -> None:
        if opening.threads is not None:
            torch.set_num_threads(opening.threads)
        with _process_as_it_was():
            try:
                self._llm = _loaded(opening)
            except (ValueError, RuntimeError, OSError) as error:
                cleanup_dist_env_and_memory()
                raise EngineError(f"vLLM can't open {opening.path}: {error}") from error
        self._engine = self._llm.llm_engine
        self._made: dict[str, Any] = {}
        sampler = self._engine.model_executor.driver_worker.worker.model_runner.sampler
        # It hands over what ours put in place of the logits; the scores of prompts stay log-probabilities.
        sampler.logprobs_mode = "processed_logits"
        sampler.gather_logprobs = _picked
        config = self._llm.model_config
        self.serving = Serving(
            context=int(config.max_model_len),
            vocabulary=int(config.get_vocab_size()),
            rows=int(self._engine.vllm_config.scheduler_config.max_num_seqs),
            dtype=str(config.dtype).removeprefix("torch."),
            versions=(f"vllm {vllm.__version__}", f"torch {torch.__version__}"),
        )

    def add(self, samples: Sequence[Wanted]) -> None:
        for one in samples:
            params = SamplingParams(
                temperature=0,
                max_tokens=one.sampling.max_tokens,
                logprobs=0,
                flat_logprobs=True,
                ignore_eos=True,  # `stop_ids` are all that ends a turn, known to vLLM or not
                stop_token_ids=list(one.stop_ids),
                stop=[text for text in one.sampling.stop if text],
                include_stop_str_in_output=True,
                skip_special_tokens=False,
                detokenize=any(one.sampling.stop),
                structured_outputs=_held_to(one.sampling.json_schema),
                extra_args=drawn(one.sampling, one.seed),
                output_kind=RequestOutputKind.FINAL_ONLY,
            )
            self._engine.add_request(str(one.key), TokensPrompt(prompt_token_ids=list(one.prompt_ids)), params)

    def made(self) -> list[Made]:
        """Decodes until samples are finished, and gives these; none where none is under way."""
        while not self._made and self._engine.has_unfinished_requests():
            self._step()
        done, self._made = self._made, {}
        return [_made(output) for output in done.values()]

    def drop(self, keys: Sequence[int]) -> None:
        """Forgets samples, under way or finished."""
        names = [str(key) for key in keys]
        self._engine.abort_request(names)
        for name in names:
            self._made.pop(name, None)

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        """Log-probabilities (temperature 1) of the tokens of each continuation; none may be empty."""
        scores: list[list[float]] = []
        for number, (prompt, continuation) in enumerate(zip(prompts, continuations, strict=True)):
            # The last token is sampled, not read: so a text may be as long as the context.
            *text, last = [*prompt, *continuation]
            params = SamplingParams(
                temperature=0,
                max_tokens=1,
                logprobs=0,
                prompt_logprobs=0 if len(continuation) > 1 else None,
                flat_logprobs=True,
                detokenize=False,
                extra_args=given(last),
                output_kind=RequestOutputKind.FINAL_ONLY,
            )
            self._engine.add_request(f"score {number}", TokensPrompt(prompt_token_ids=text), params)
        names = [f"score {number}" for number in range(len(prompts))]
        while not self._made.keys() >= set(names):
            self._step()
        for name, prompt in zip(names, prompts, strict=True):
            output = self._made.pop(name)
            # The first token of a text has no log-probability, so that of token i stands in place i - 1.
            read = output.prompt_logprobs.logprobs[len(prompt) - 1 :] if output.prompt_logprobs is not None else []
            scores.append([*read, *output.outputs[0].logprobs.logprobs])
        return scores

    def serve(self, weights: Path | Iterable[tuple[str, Tensor]]) -> None:
        if self._engine.has_unfinished_requests():
            raise EngineError("samples of the old weights are still under way: take them before new weights come")
        serve(self._llm, tensors(weights) if isinstance(weights, Path) else weights)

    def sleep(self) -> None:
        if current_platform.is_cpu():
            raise EngineError("vLLM can't sleep on a CPU: close the engine, and open it again when it is wanted")
        self._llm.sleep(level=1)

    def wake(self) -> None:
        if not current_platform.is_cpu():
            self._llm.wake_up()

    def close(self) -> None:
        self._engine.engine_core.shutdown()
        del self._engine, self._llm
        gc.collect()

    def _step(self) -> None:
        self._made.update((output.request_id, output) for output in self._engine.step() if output.finished)


def _loaded(opening: Opening) -> LLM:
    on_cpu = current_platform.is_cpu()
    dtype = opening.dtype
    if dtype == "auto":
        dtype = "float32" if on_cpu or not torch.cuda.is_bf16_supported() else "bfloat16"
    cache_gb = opening.cache_gb or (_CACHE_GB if on_cpu else None)
    options: dict[str, Any] = {"block_size": _BLOCK} if on_cpu else {"enable_sleep_mode": True}
    if opening.rows is not None:
        options["max_num_seqs"] = opening.rows
    return LLM(
        model=opening.path,
        dtype=dtype,
        max_model_len=opening.context or -1,
        kv_cache_memory_bytes=None if cache_gb is None else int(cache_gb * 2**30),
        gpu_memory_utilization=0.9,
        enforce_eager=on_cpu,
        enable_prefix_caching=True,
        async_scheduling=False,  # our sampler needs to know how many tokens a row has
        logits_processors=[SeededSampler],
        generation_config="vllm",  # its defaults and not the model's: everything that samples is said by request
        load_format="safetensors",
        use_tqdm_on_load=False,
        trust_remote_code=False,
        seed=0,
        **options,
    )


def _held_to(json_schema: str) -> StructuredOutputsParams | None:
    return StructuredOutputsParams(json=json_schema) if json_schema else None


def _picked(logprobs: Tensor, count: int, token_ids: Tensor) -> LogprobsTensors:
    """Of each row (N, V) what its token has; vLLM would also rank it, for which it looks at the whole row again."""
    ids = token_ids[:, None]
    return LogprobsTensors(ids.to(torch.int32), logprobs.gather(-1, ids), torch.zeros_like(token_ids))


def _made(output: Any) -> Made:
    (sample,) = output.outputs
    if sample.finish_reason not in ("stop", "length"):
        raise EngineError(f"vLLM ended a sample by {sample.finish_reason!r}, and not by 'stop' or 'length'")
    return Made(int(output.request_id), tuple(sample.token_ids), tuple(sample.logprobs.logprobs), sample.finish_reason)


@contextmanager
def _process_as_it_was() -> Iterator[None]:
    """Gives back what vLLM takes for itself: global random states, torch's thread switch, libraries for children."""
    preload, switch = os.environ.get("LD_PRELOAD"), torch.set_num_threads
    states = random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng():
            yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_num_threads = switch
        os.environ.pop("LD_PRELOAD", None)
        if preload is not None:
            os.environ["LD_PRELOAD"] = preload
