"""The model: a causal language model's last hidden state at the end of a step, and a linear head that reads a value."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipeline.engines.chat import encoded
from pipeline.models import load_model, resolve
from pipeline.models.load import without_bars
from schemas import Task
from schemas.failure import Failure
from trainer.batch import micro_batches

BATCH_TOKENS = 8192


class PrmError(Failure, ValueError):
    """A folder that holds no process reward model, or one whose language model has changed since."""


@dataclass(frozen=True)
class ProcessRewardModel:
    """`base` is read at the ends of steps; `head` (H -> 1) gives the logit of the value."""

    base: Any
    head: torch.nn.Linear
    tokenizer: Any
    name: str
    revision: str


def new_prm(name: str) -> ProcessRewardModel:
    """A head that says one half of everything, on a registry model in fp32. Raises ModelError."""
    checkpoint = resolve(name)
    base, tokenizer = load_model(checkpoint.path, "float32")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    head = torch.nn.Linear(base.config.hidden_size, 1)
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    return ProcessRewardModel(base.to(device).eval(), head.to(device), tokenizer, name, checkpoint.revision)


def logits(prm: ProcessRewardModel, sequences: Sequence[Sequence[int]], places: Sequence[Sequence[int]]) -> Tensor:
    """The logits of the values at the places of each sequence, (sum of places,), sequence by sequence."""
    width = max(len(ids) for ids in sequences)
    rows = torch.tensor([[*ids, *[0] * (width - len(ids))] for ids in sequences], device=prm.base.device)
    hidden = prm.base.get_decoder()(input_ids=rows, use_cache=False).last_hidden_state
    at = torch.tensor([(row, place) for row, own in enumerate(places) for place in own], device=rows.device)
    read = hidden[at[:, 0], at[:, 1]].float()
    scale = read.square().mean(-1, keepdim=True).sqrt().clamp(min=1e-6)
    told: Tensor = prm.head(read / scale).squeeze(-1)
    return told


@torch.no_grad()
def values(
    prm: ProcessRewardModel,
    sequences: Sequence[Sequence[int]],
    places: Sequence[Sequence[int]],
    batch_tokens: int = BATCH_TOKENS,
) -> list[list[float]]:
    """The values in (0, 1) at the places of each sequence, in order; at most `batch_tokens` are read at once."""
    told: list[list[float]] = [[] for _ in sequences]
    filled = [number for number in range(len(sequences)) if places[number]]
    for part in micro_batches([len(sequences[number]) for number in filled], batch_tokens):
        own = [filled[number] for number in part]
        flat = iter(logits(prm, [sequences[n] for n in own], [places[n] for n in own]).sigmoid().tolist())
        for number in own:
            told[number] = [next(flat) for _ in places[number]]
    return told


def beginnings_worth(
    prm: ProcessRewardModel, beginnings: Sequence[tuple[Task, tuple[int, ...]]], prefill: str = ""
) -> list[float]:
    """What beginnings of responses are worth, given as token ids after the prompt: what a guided search asks for.

    Read at the last token of text, as it is learnt: special tokens that end a turn are in no step's text.
    """
    special = set(prm.tokenizer.all_special_ids)
    sequences = []
    for task, path in beginnings:
        text = len(path)
        while text and path[text - 1] in special:
            text -= 1
        sequences.append((*encoded(prm.tokenizer, prm.name, task.prompt, prefill), *path[:text]))
    return [own[0] for own in values(prm, sequences, [[len(ids) - 1] for ids in sequences])]


def save_prm(prm: ProcessRewardModel, folder: Path, *, with_base: bool) -> None:
    """`head.safetensors` and `prm.json`, and the language model where it was trained too."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: tensor.contiguous() for name, tensor in prm.head.state_dict().items()}, folder / "head.safetensors"
    )
    if with_base:
        with without_bars():
            prm.base.save_pretrained(folder / "model")
        prm.tokenizer.save_pretrained(folder / "model")
    named = {"model": "model" if with_base else prm.name, "revision": "" if with_base else prm.revision}
    (folder / "prm.json").write_text(json.dumps(named, indent=2) + "\n")


def open_prm(folder: Path) -> ProcessRewardModel:
    """A saved model. Raises PrmError, ModelError."""
    try:
        named = json.loads((folder / "prm.json").read_text())
    except (OSError, ValueError) as failure:
        raise PrmError(f"{folder} holds no process reward model ({failure}): make one with `taskmill prm`") from None
    prm = new_prm(str(folder / "model") if named["model"] == "model" else named["model"])
    if named["revision"] not in ("", prm.revision):
        raise PrmError(f"{folder}: its head was made for other weights of {prm.name}: make it again")
    prm.head.load_state_dict(load_file(folder / "head.safetensors"))
    return prm
