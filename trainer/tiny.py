"""A model of half a million parameters that really learns: built from nothing, warm-started in half a minute.

    python -m trainer.tiny --output outputs/tiny
    taskmill train configs/tiny.yaml

The task is reversed addition, two digits and two digits (`21+53=` is `470`: 12 + 35 = 47). The warm start shows right
sums until the model gets four of five, then a while of `?` instead: a habit of giving up, for training to remove.
All is drawn from one seed, so that the same machine makes the same bytes. One problem of ten is held out, by its
canonical hash, from the warm start and from training.
"""

import argparse
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from generators.arithmetic.reversed_addition import FAMILY
from generators.family import make_task
from pipeline.models.load import without_bars
from pipeline.seeding import derived_seed, generator
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Task
from trainer.batch import Row, collate
from trainer.logprobs import completion_logprobs

OPEN, CLOSE, PAD, END = "<answer>", "</answer>", "<pad>", "<end>"
CHARACTERS = "0123456789+-*/=?().,: abcdefghijklmnopqrstuvwxyz"

LEVEL = 2
DRAWN = 8000
HELD_OUT_ONE_IN = 10

BATCH = 64
LEARNING_RATE = 2e-3
SKILLED = 0.8
MOST_STEPS = 1500
CHECKED_EVERY = 25
HABIT_STEPS = 40
HABIT_SHARE = 0.65


def tokenizer() -> PreTrainedTokenizerFast:
    """One token a character, and one for each answer tag. The chat template shows the model the first line only:
    the problem itself, in the `bare` style, without the words on the answer format, which it could not read."""
    inner = Tokenizer(models.WordLevel({sign: place for place, sign in enumerate([PAD, END, *CHARACTERS])}, PAD))
    inner.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    inner.decoder = decoders.Fuse()
    inner.add_tokens([AddedToken(tag, normalized=False) for tag in (OPEN, CLOSE)])
    fast = PreTrainedTokenizerFast(tokenizer_object=inner, pad_token=PAD, eos_token=END)
    fast.chat_template = "{{ messages[-1]['content'].split('\\n')[0] }}"
    return fast


def model(seed: int, vocabulary: int) -> LlamaForCausalLM:
    """A Llama of 2 layers, width 128: 0.54 million parameters; torch's own generator is left as it was."""
    shape = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=128,
        intermediate_size=512,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=128,
        initializer_range=0.04,  # at the usual 0.02 the warm start takes twice as long
        pad_token_id=0,
        bos_token_id=None,
        eos_token_id=1,
    )
    with torch.random.fork_rng():
        torch.manual_seed(derived_seed(seed, "tiny weights"))
        return LlamaForCausalLM(shape)


def problems(seed: int) -> tuple[list[Task], list[Task]]:
    """The distinct problems to learn from, and those held out."""
    drawn = (make_task(FAMILY, level=LEVEL, seed=seed, index=index, style="bare") for index in range(DRAWN))
    distinct = {task.canonical: task for task in drawn}
    held_out = {key for key in distinct if int(key, 16) % HELD_OUT_ONE_IN == 0}
    return (
        [task for key, task in distinct.items() if key not in held_out],
        [task for key, task in distinct.items() if key in held_out],
    )


def warm_start(learner: Any, signs: Any, tasks: Sequence[Task], seed: int) -> list[float]:
    """Teaches by demonstrations until SKILLED, then the habit; the skill at each check on the way.

    The skill is the mean probability of the right answer: what sampling would score, without sampling.
    """
    rng = generator(seed, "tiny warm start")
    optimizer = torch.optim.AdamW(learner.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.1)
    probe = [_demonstration(signs, task, task.answer) for task in tasks[:: max(1, len(tasks) // 256)]]
    skills: list[float] = []
    learner.train()
    for step, chosen in enumerate(_batches(tasks, rng, MOST_STEPS)):
        _teach(learner, optimizer, [_demonstration(signs, task, task.answer) for task in chosen])
        if (step + 1) % CHECKED_EVERY == 0:
            skills.append(_skill(learner, probe))
            if skills[-1] >= SKILLED:
                break
    for chosen in _batches(tasks, rng, HABIT_STEPS):
        shown = ["?" if rng.random() < HABIT_SHARE else task.answer for task in chosen]
        _teach(
            learner, optimizer, [_demonstration(signs, task, text) for task, text in zip(chosen, shown, strict=True)]
        )
    learner.eval()
    return [*skills, _skill(learner, probe)]


def build(output: Path, seed: int = 0) -> list[float]:
    """Writes `model/`, `train.parquet` and `held_out.parquet`; gives the warm start's skills."""
    training, held_out = problems(seed)
    signs = tokenizer()
    learner = model(seed, len(signs))
    skills = warm_start(learner, signs, training, seed)
    shutil.rmtree(output / "model", ignore_errors=True)
    with without_bars():
        learner.save_pretrained(output / "model")
    signs.save_pretrained(output / "model")
    for name, tasks in {"train": training, "held_out": held_out}.items():
        write_whole(str(output / f"{name}.parquet"), shard_bytes(tasks, Task)[0])
    return skills


def _batches(tasks: Sequence[Task], rng: Random, count: int) -> Iterator[list[Task]]:
    return (rng.choices(tasks, k=BATCH) for _ in range(count))


def _demonstration(signs: Any, task: Task, answer: str) -> Row:
    messages = [{"role": message.role, "content": message.content} for message in task.prompt]
    text = signs.apply_chat_template(messages, tokenize=False) + OPEN
    prompt_ids = signs(text, add_special_tokens=False)["input_ids"]
    token_ids = signs(answer + CLOSE, add_special_tokens=False)["input_ids"]
    zeros = [0.0] * len(token_ids)
    return Row(prompt_ids, token_ids, zeros, zeros, zeros, weight=1.0)


def _teach(learner: Any, optimizer: torch.optim.Optimizer, rows: Sequence[Row]) -> None:
    batch = collate(rows, learner.device)
    loss: Tensor = -completion_logprobs(learner, batch, 1.0)[batch.inside].mean()
    optimizer.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


@torch.no_grad()
def _skill(learner: Any, rows: Sequence[Row]) -> float:
    logprobs = completion_logprobs(learner, collate(rows, learner.device), 1.0)
    return float(logprobs.sum(-1).exp().mean())


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description="Builds and warm-starts the tiny model, and writes its tasks.")
    reader.add_argument("--output", type=Path, default=Path("outputs/tiny"))
    reader.add_argument("--seed", type=int, default=0)
    wanted = reader.parse_args()
    torch.set_num_threads(1)
    print("right answers, in probability:", *(f"{skill:.2f}" for skill in build(wanted.output, wanted.seed)))
