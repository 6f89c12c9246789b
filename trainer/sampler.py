"""What training samples from: the live model itself, or a vLLM here or elsewhere that is given its weights first."""

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal, Protocol

import torch

from pipeline.engines.protocol import Engine
from pipeline.engines.retry import Patience
from pipeline.engines.server import ServerEngine
from pipeline.engines.server_weights import ServedWeights
from pipeline.engines.transformers import TransformersEngine
from pipeline.engines.vllm import VllmEngine
from pipeline.models.load import without_bars
from schemas import jsontext
from trainer.config import ServerConfig, TrainConfig
from trainer.learner import Learner, weights, whole_state


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


class ServerSampler:
    """A vLLM server that reads the learner's weights from a folder; every time it is checked by what the learner
    scores."""

    def __init__(
        self, engine: ServerEngine, served: ServedWeights, live: TransformersEngine, learner: Learner, folder: Path
    ) -> None:
        self._engine, self._served, self._live, self._learner = engine, served, live, learner
        self._folder = folder

    def engine(self, revision: str) -> Engine:
        """Raises EngineError where the server does not serve the weights it was given."""
        if self._engine.revision != revision:
            place = self._folder / f"weights-{jsontext.digest(revision)[:16]}"
            try:
                with without_bars():
                    self._learner.model.save_pretrained(place, state_dict=whole_state(self._learner))
                self._served.load(place, revision=revision, reference=self._live.score)
            finally:
                shutil.rmtree(place, ignore_errors=True)
        return self._engine

    def rest(self) -> None:
        """The memory is the server's own."""


@contextmanager
def opened_sampler(learner: Learner, config: TrainConfig) -> Iterator[Sampler]:
    """The config's sampler over a learner. Raises EngineError where vLLM is asked for and can't be had."""
    live = TransformersEngine(learner.model, learner.tokenizer, name=config.model, revision=learner.revision)
    if config.server is not None:
        with _at_server(config, config.server, live, learner) as sampler:
            yield sampler
        return
    if config.vllm is None:
        yield LiveSampler(live)
        return
    dtype: Literal["auto", "bfloat16"] = "bfloat16" if config.precision == "bfloat16" else "auto"
    engine = VllmEngine.load(config.model, dtype=dtype, context=config.vllm.context, cache_gb=config.vllm.cache_gb)
    try:
        yield VllmSampler(engine, live, learner)
    finally:
        engine.close()


@contextmanager
def _at_server(
    config: TrainConfig, server: ServerConfig, live: TransformersEngine, learner: Learner
) -> Iterator[ServerSampler]:
    patience = Patience(timeout=server.timeout, deadline=6 * server.timeout)
    engine = ServerEngine.load(
        server.name or config.model,
        url=server.url,
        key_env=server.key_env,
        concurrency=server.concurrency,
        tokenizer=config.model,
        patience=patience,
    )
    vocabulary = learner.model.config.get_text_config().vocab_size
    with (
        closing(engine),
        closing(ServedWeights(engine, server.url, server.key_env, server.dtype, vocabulary, patience)) as served,
    ):
        yield ServerSampler(engine, served, live, learner, Path(server.folder).absolute())
