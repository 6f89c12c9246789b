"""A model small enough that a step takes milliseconds, its tasks, and a verdict that any text can earn a part of."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from generators.arithmetic.reversed_addition import FAMILY
from generators.family import make_task
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Task, Verdict
from trainer import tiny
from trainer.config import TrainConfig


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def grain(seed: int = 0, dtype: torch.dtype = torch.float64, tied: bool = False) -> Any:
    """A random Llama of a few thousand parameters."""
    shape = LlamaConfig(
        vocab_size=52,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        initializer_range=0.3,
        tie_word_embeddings=tied,
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return LlamaForCausalLM(shape).to(dtype).eval()


@pytest.fixture
def random_model() -> Callable[..., Any]:
    return grain


def bare_tasks(count: int, seed: int = 0) -> list[Task]:
    return [make_task(FAMILY, level=2, seed=seed, index=index, style="bare") for index in range(count)]


@pytest.fixture
def some_tasks() -> Callable[..., list[Task]]:
    return bare_tasks


def digits(task: Task, response: str) -> Verdict:
    """The share of digits in a response: a random model earns something, so that there is something to learn."""
    answer = response.removeprefix(tiny.OPEN)
    share = sum(sign.isdigit() for sign in answer) / max(1, len(answer))
    return Verdict(score=share, reason="partial")


@pytest.fixture
def share_of_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generators.judging.verify", digits)


@pytest.fixture
def a_run(tmp_path: Path) -> Callable[..., TrainConfig]:
    """The config of a run on the random model; changes by keyword, in a folder of its own name."""
    grain(dtype=torch.float32).save_pretrained(tmp_path / "model")
    tiny.tokenizer().save_pretrained(tmp_path / "model")
    tasks = bare_tasks(12)
    write_whole(str(tmp_path / "train.parquet"), shard_bytes(tasks[:9], Task)[0])
    write_whole(str(tmp_path / "held_out.parquet"), shard_bytes(tasks[9:], Task)[0])

    def config(name: str, **changes: Any) -> TrainConfig:
        values: dict[str, Any] = {
            "model": str(tmp_path / "model"),
            "shards": [str(tmp_path / "train.parquet")],
            "output": str(tmp_path / name),
            "steps": 4,
            "prompts_per_step": 2,
            "group_size": 3,
            "sampling": {"max_tokens": 4, "prefill": tiny.OPEN, "stop": [tiny.CLOSE]},
            "lr": 1e-2,
            "warmup_steps": 3,
            "verifiers": 0,
            "save_every": 1,
            "evaluation": {"shards": [str(tmp_path / "held_out.parquet")], "every": 2},
        }
        return TrainConfig.model_validate(values | changes)

    return config
