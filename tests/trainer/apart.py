"""Trainings in processes of their own, which share the work or are killed, on the model and verdict of the fixtures."""

import faulthandler
import multiprocessing
import os
import socket
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from tests.trainer.conftest import digits
from trainer.config import TrainConfig
from trainer.loop import train

SECONDS = 300
"""After which a process that has not ended never will."""

_ROOT = Path(__file__).parents[2]
_SERVER = multiprocessing.get_context("forkserver")  # one process imports everything, the others are forked from it
_SERVER.set_forkserver_preload(["tests.trainer.apart", "transformers.models.llama.modeling_llama"])


def begun(work: Callable[..., None], *given: Any, rank: int = 0, count: int = 0, port: int = 0) -> BaseProcess:
    """A process that does `work(*given)`; with a `count`, one of so many, as torchrun would start it."""
    told = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": count, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    launched = {"TORCHELASTIC_RUN_ID": "test", "CUDA_VISIBLE_DEVICES": ""}
    env = {key: str(value) for key, value in told.items()} | launched if count else {}
    process = _SERVER.Process(target=_child, args=(env, work, given))
    # Where the server finds what it imports beforehand, and no threads in it: a fork has none of its parent's.
    with patch.dict(os.environ, PYTHONPATH=str(_ROOT), OMP_NUM_THREADS="1"):
        process.start()
    return process


def together(count: int, work: Callable[..., None], *given: Any) -> list[int | None]:
    """The exit codes of `count` processes that do `work(*given)` as torchrun would have them do it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = [begun(work, *given, rank=rank, count=count, port=port) for rank in range(count)]
    return [ended(process) for process in processes]


def ended(process: BaseProcess) -> int | None:
    process.join(SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
        raise AssertionError("a process hangs")
    return process.exitcode


def trained(*configs: TrainConfig) -> None:
    with patch("generators.judging.verify", digits):
        for config in configs:
            train(config)


def _child(env: dict[str, str], work: Callable[..., None], given: tuple[Any, ...]) -> None:
    faulthandler.enable()  # a crash in native code says where
    os.environ.update(env)
    torch.set_num_threads(1)
    work(*given)
