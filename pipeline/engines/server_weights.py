"""New weights for a vLLM server that goes on serving: it reads them from a folder.

The endpoints for that belong to its development mode (VLLM_SERVER_DEV_MODE=1), which is for networks that are trusted.
"""

from pathlib import Path
from typing import Any

import msgspec

from pipeline.engines.answers import storable
from pipeline.engines.connection import Ask, BrokenAnswerError
from pipeline.engines.contact import beside
from pipeline.engines.protocol import EngineError
from pipeline.engines.retry import Patience
from pipeline.engines.served_weights import Score, probes, refuse_other_weights
from pipeline.engines.server import ServerEngine
from pipeline.seeding import generator

_ANSWER_BYTES = 2**20
_CURE = (
    "vLLM's CPU build keeps the old head of a model whose embeddings are tied; and where the server computes in "
    "bfloat16, say server.dtype: bfloat16"
)


class ServedWeights:
    """A server engine's weights, which can be changed: `folder` is read by the server, under the same path as here."""

    def __init__(
        self, engine: ServerEngine, url: str, key_env: str, dtype: str, vocabulary: int, patience: Patience
    ) -> None:
        self._engine, self._dtype, self._vocabulary = engine, dtype, vocabulary
        self._patience = msgspec.structs.replace(patience, attempts=2)  # what a server can't read it can't read later
        self._connection = beside(url, key_env)

    def load(self, folder: Path, *, revision: str, reference: Score) -> None:
        """Has the server read the checkpoint, forget what the old weights computed, and score as `reference` does.

        Raises EngineError where it can't, or serves other weights afterwards. No sample may be under way.
        """
        prompts, continuations = probes(self._vocabulary)
        expected = reference(prompts, continuations)
        self._ask("/collective_rpc", {"method": "reload_weights", "kwargs": {"weights_path": str(folder)}}, _reloaded)
        self._ask("/reset_prefix_cache", {}, _forgotten)
        served = self._engine.score(prompts, continuations)
        refuse_other_weights(self._engine.model, revision, served, expected, self._dtype, _CURE)
        self._engine.revision = revision

    def close(self) -> None:
        self._connection.close()

    def _ask(self, path: str, body: dict[str, Any], read: Any) -> None:
        ask = Ask(path, body, read, _ANSWER_BYTES)
        random = generator(0, "retry", path)
        try:
            self._connection.submit(self._connection.answer(ask, self._patience, random)).result()
        except EngineError as error:
            raise EngineError(
                f"the server can't be given weights: {storable(str(error))}. It has to be a vLLM that was started with "
                "VLLM_SERVER_DEV_MODE=1 and reads server.folder under the same path"
            ) from None


def _reloaded(answer: Any) -> None:
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        raise BrokenAnswerError("does not say that the weights were read")


def _forgotten(answer: Any) -> None:
    if not isinstance(answer, dict) or answer.get("success") is not True:
        raise BrokenAnswerError("does not say that the prefix cache was forgotten")
