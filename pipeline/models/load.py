"""A checkpoint folder as a model and its tokenizer, and a GGUF file as a checkpoint folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SAFE = {"local_files_only": True, "trust_remote_code": False}


def load_model(path: str | Path, dtype: str = "float32") -> tuple[Any, Any]:
    """The causal model, on the CPU, and the tokenizer of a folder: safetensors only, and no code from it."""
    # Imported when wanted, here and below: torch and transformers take seconds.
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    with without_bars():
        model = AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, dtype), use_safetensors=True, **_SAFE)
        return model, AutoTokenizer.from_pretrained(path, **_SAFE)


def load_tokenizer(path: str | Path) -> tuple[Any, Any]:
    """The tokenizer of a folder, and its generation config or None where it has none: no code from it."""
    from transformers import AutoTokenizer, GenerationConfig

    declared = Path(path, "generation_config.json").is_file()
    return AutoTokenizer.from_pretrained(path, **_SAFE), GenerationConfig.from_pretrained(path) if declared else None


def context_of(path: str | Path) -> int | None:
    """The longest sequence that a folder's model reads, in tokens; None where it does not say."""
    from transformers import AutoConfig

    if not Path(path, "config.json").is_file():
        return None
    return getattr(AutoConfig.from_pretrained(path, **_SAFE).get_text_config(), "max_position_embeddings", None)


def gguf_to_safetensors(file: Path, folder: Path) -> None:
    """Writes a GGUF file's weights in float32, config, tokenizer and chat template as a checkpoint folder."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = {"gguf_file": file.name, "local_files_only": True}
    with without_bars():
        model = AutoModelForCausalLM.from_pretrained(file.parent, dtype=torch.float32, **source)
        # The weights are plain numbers now, but transformers remembers the quantiser and refuses to save.
        model.hf_quantizer = None
        del model.config.quantization_config
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(file.parent, **source).save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)


@contextmanager
def without_bars() -> Iterator[None]:
    """Without transformers' progress bars, which would run into ours."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
