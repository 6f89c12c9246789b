"""How alike two texts are in sense: the cosine of a sentence encoder's vectors.

It is near 1 for texts on the same matter, whether they say the same or the contrary: a changed number hardly moves it.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pipeline.models.encoders import resolve_encoder
from pipeline.models.errors import ModelError
from pipeline.models.load import without_bars

LONGEST = 256
"""Tokens of a text that are read, as all-MiniLM-L6-v2 was trained, where the encoder's folder does not say."""

Device = Literal["auto", "cpu", "cuda"]
Vectors = NDArray[np.float64]

_CHARACTERS_A_TOKEN = 16
_BATCH = 32


class Encoder:
    """Texts to vectors of length 1, pooled as the encoder's own modules say: for the packaged one the mean of the last
    layer's token vectors (Reimers and Gurevych, 2019)."""

    def __init__(self, model: Any, *, name: str) -> None:
        """`model` is a SentenceTransformer."""
        self.name = name
        self._model = model
        self._turn = threading.Lock()  # a tokenizer cuts for one thread at a time

    @classmethod
    def load(cls, name: str = "all-minilm-l6-v2", device: Device = "cpu") -> "Encoder":
        """A packaged encoder, a folder, or a hub id; in float16 on a GPU, in float32 elsewhere. `auto` takes a GPU
        where there is one. Safetensors only, and no code from it. Raises ModelError."""
        # Imported when wanted: torch and transformers take seconds.
        import torch
        from sentence_transformers import SentenceTransformer

        checkpoint = resolve_encoder(name)
        there = torch.cuda.is_available()
        if device == "cuda" and not there:
            raise ModelError(f"encoder {name}: there is no GPU that this torch can use; say device: cpu, or auto")
        on = "cuda" if there and device != "cpu" else "cpu"
        with without_bars():
            model = SentenceTransformer(
                checkpoint.path,
                device=on,
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"dtype": torch.float16 if on == "cuda" else torch.float32, "use_safetensors": True},
            )
        if not Path(checkpoint.path, "modules.json").is_file():
            model.max_seq_length = LONGEST
        return cls(model.eval(), name=f"{checkpoint.name}@{checkpoint.revision}")

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """(N, D), a row a text in order; a text is cut after the tokens that the encoder reads."""
        if not texts:
            return np.zeros((0, 0))
        longest = _CHARACTERS_A_TOKEN * (self._model.max_seq_length or LONGEST)
        given = [text[:longest].encode(errors="replace").decode() for text in texts]
        with self._turn:
            read = self._model.encode(given, batch_size=_BATCH, show_progress_bar=False)
        told: Vectors = np.asarray(read, dtype=np.float64)
        lengths = np.linalg.norm(told, axis=1, keepdims=True)
        return told / np.where(lengths > 0, lengths, 1.0)


def likeness(encoder: Encoder, texts: Sequence[str], others: Sequence[str]) -> list[float]:
    """The cosine of each text and its other, in [-1, 1]."""
    both = encoder.vectors([*texts, *others])
    products = (both[: len(texts)] * both[len(texts) :]).sum(axis=1)
    return [min(1.0, max(-1.0, float(one))) for one in products]
