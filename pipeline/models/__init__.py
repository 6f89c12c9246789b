"""Models by name: a packaged name, a folder, or a hub id; each becomes a folder of safetensors and a revision."""

from pipeline.models.errors import ModelError
from pipeline.models.load import load_model, load_tokenizer
from pipeline.models.registry import PACKAGED, Checkpoint, is_cached, resolve

__all__ = ["PACKAGED", "Checkpoint", "ModelError", "is_cached", "load_model", "load_tokenizer", "resolve"]
