"""What training samples from: the live model itself, or a vLLM that is given its weights before it is asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

import torch

from pipeline.engines.protocol import Engine
from pipeline.engines.transformers import TransformersEngine
from pipeline.engines.vllm import VllmEngine
from trainer.config import TrainConfig
from trainer.learner import Learner, weights


class Sampler(Protocol):
    def engine(self, revision: str) -> Engine:
        """An engine that holds the learner's weights of now, which are known by `revision`."""

    def rest(self) -> None:
        """Nothing is sampled for a while: memory that the update can use is given back."""


class LiveSampler:
    """The learner's own weights, as they are at each token."""

    def __init__(self, live: TransformersEngine) -> None:
        self._live = live

    def engine(self, revision: str) -> Engine:
        return self._live

    def rest(self) -> None:
        """There is nothing to give back."""


class VllmSampler:
    """vLLM beside the learner; every sync is checked by what the learner itself scores. It sleeps between samplings,
    where it can."""

    def __init__(self, engine: VllmEngine, live: TransformersEngine, learner: Learner) -> None:
        self._engine, self._live, self._learner = engine, live, learner
        self._asleep = False

    def engine(self, revision: str) -> Engine:
        """Raises EngineError where vLLM does not serve the weights it was given."""
        if self._asleep:
            self._engine.wake()
            self._asleep = False
        if self._engine.revision != revision:
            self._engine.load_weights(weights(self._learner), revision=revision, reference=self._live.score)
        return self._engine

    def rest(self) -> None:
        if torch.cuda.is_available() and not self._asleep:
            self._engine.sleep()
            self._asleep = True


@contextmanager
def opened_sampler(learner: Learner, config: TrainConfig) -> Iterator[Sampler]:
    """The config's sampler over a learner. Raises EngineError where vLLM is asked for and can't be had."""
    live = TransformersEngine(learner.model, learner.tokenizer, name=config.model, revision=learner.revision)
    if config.vllm is None:
        yield LiveSampler(live)
        return
    dtype: Literal["auto", "bfloat16"] = "bfloat16" if config.precision == "bfloat16" else "auto"
    engine = VllmEngine.load(config.model, dtype=dtype, context=config.vllm.context, cache_gb=config.vllm.cache_gb)
    try:
        yield VllmSampler(engine, live, learner)
    finally:
        engine.close()
