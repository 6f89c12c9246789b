"""How alike two texts are in sense: the cosine of a sentence encoder's vectors.

It is near 1 for texts on the same matter, whether they say the same or the contrary: a changed number hardly moves it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipeline.models.encoders import load_encoder, resolve_encoder

LONGEST = 256
"""Tokens of a text that are read, as all-MiniLM-L6-v2 was trained."""
_CHARACTERS = 16 * LONGEST
_BATCH = 32

Vectors = NDArray[np.float64]


class Encoder:
    """Texts to vectors of length 1: the mean of the last layer's token vectors (Reimers and Gurevych, 2019)."""

    def __init__(self, model: Any, tokenizer: Any, *, name: str) -> None:
        self.name = name
        self._model, self._tokenizer = model, tokenizer

    @classmethod
    def load(cls, name: str = "all-minilm-l6-v2") -> "Encoder":
        """A packaged encoder, a folder, or a hub id. Raises ModelError."""
        checkpoint = resolve_encoder(name)
        model, tokenizer = load_encoder(checkpoint.path)
        return cls(model, tokenizer, name=f"{checkpoint.name}@{checkpoint.revision}")

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """(N, D), a row a text in order; a text is cut after LONGEST tokens."""
        import torch

        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        found: dict[int, Vectors] = {}
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            given = [texts[place][:_CHARACTERS].encode(errors="replace").decode() for place in places]
            read = self._tokenizer(given, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
            with torch.inference_mode():
                told = self._model(**read).last_hidden_state  # (B, T, D)
            mask = read["attention_mask"][..., None]
            means = ((told * mask).sum(1) / mask.sum(1)).double().numpy()
            found |= zip(places, means / np.linalg.norm(means, axis=1, keepdims=True), strict=True)
        return np.stack([found[place] for place in range(len(texts))]) if texts else np.zeros((0, 0))


def likeness(encoder: Encoder, texts: Sequence[str], others: Sequence[str]) -> list[float]:
    """The cosine of each text and its other, in [-1, 1]."""
    both = encoder.vectors([*texts, *others])
    products = (both[: len(texts)] * both[len(texts) :]).sum(axis=1)
    return [min(1.0, max(-1.0, float(one))) for one in products]
