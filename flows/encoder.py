"""The encoder that a process holds from one shard to the next. Nothing here imports Prefect."""

import threading
from functools import lru_cache

from pipeline.models.encoder import Device, Encoder

_TURN = threading.Lock()


def opened_encoder(name: str, device: Device = "auto") -> Encoder:
    """The encoder of that name; a process keeps the last one. Raises ModelError."""
    with _TURN:  # else several threads load it
        return _encoder(name, device)


@lru_cache(maxsize=1)
def _encoder(name: str, device: Device) -> Encoder:
    return Encoder.load(name, device)
