"""LoRA (arXiv 2106.09685) by PEFT: low-rank additions to linear layers are trained, the model itself is frozen.

    W x + (alpha / rank) B A x        A (rank, in) random, B (out, rank) zero at first

The transformers model stays what is read and sampled from, with adapted layers in it. Without its adapters it is the
model that training began with: no second copy for a KL.
"""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipeline.seeding import derived_seed
from schemas.failure import Failure
from trainer.config import LoraConfig
from trainer.extras import needed

ADAPTER = "default"
"""PEFT's name for the one adapter there is."""


class LoraError(Failure, ValueError):
    """Adapters that can't be put into this model; the message says why."""


def adapted(model: Any, config: LoraConfig, seed: int) -> Any:
    """PEFT's view of the model, in which only new adapters are trained; torch's own generator is left as it was.

    Raises ExtraError without PEFT, LoraError for targets that the model does not have.
    """
    peft = needed("peft", "lora", "lora")
    wanted = peft.LoraConfig(
        r=config.rank,
        lora_alpha=config.alpha,
        lora_dropout=0.0,
        target_modules=config.targets or "all-linear",
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # PEFT asks transformers by a name of last year
        torch.manual_seed(derived_seed(seed, "lora"))
        try:
            made = peft.get_peft_model(model, wanted)
        except ValueError as failure:
            raise LoraError(f"lora.targets: {failure}") from None
    made.peft_config[ADAPTER].target_modules = sorted(made.peft_config[ADAPTER].target_modules)  # a set, to be saved
    for module in (model.get_input_embeddings(), model.get_output_embeddings()):
        if hasattr(module, "lora_A"):
            raise LoraError("lora.targets: embeddings and head are not adapted; name layers between them")
    return made


def adapter_state(adapted: Any | None) -> dict[str, Tensor]:
    """What is trained, by name; nothing without an adapter."""
    return {} if adapted is None else {name: own for name, own in adapted.state_dict().items() if ".lora_" in name}


def save_adapter(adapted: Any, state: dict[str, Tensor], folder: Path) -> None:
    """The adapter as a folder that PEFT loads."""
    adapted.save_pretrained(folder, state_dict=state, save_embedding_layers=False)


def restore_adapter(adapted: Any, folder: Path) -> None:
    """The adapter of a folder, bit for bit."""
    peft = needed("peft", "lora", "lora")
    kept = needed("safetensors.torch", "lora", "lora").load_file(folder / "adapter_model.safetensors")
    peft.set_peft_model_state_dict(adapted, kept)


@torch.no_grad()
def merged(model: Any) -> Iterator[tuple[str, Tensor]]:
    """The weights of the same model without adapters that computes the same, up to rounding; one at a time, in fp32
    where there was an adapter. Names are those of the model before."""
    for name, own in model.named_parameters():
        module, _, last = name.rpartition(".")
        if ".lora_" in name:
            continue
        if not module.endswith(".base_layer"):
            yield name, own
            continue
        layer = model.get_submodule(module.removesuffix(".base_layer"))
        added = layer.get_delta_weight(ADAPTER) if last == "weight" else 0.0
        yield f"{module.removesuffix('.base_layer')}.{last}", own.float() + added


class Unadapted:
    """The model that training began with, seen through the adapted one: its adapters are off while it reads."""

    def __init__(self, adapted: Any) -> None:
        self._adapted, self._model = adapted, adapted.get_base_model()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def get_decoder(self) -> Any:
        def read(**given: Any) -> Any:
            with self._adapted.disable_adapter():
                return self._model.get_decoder()(**given)

        return read
