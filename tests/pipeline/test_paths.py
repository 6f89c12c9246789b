"""No name that is read, and no link that lies about, leads out of a run's folder."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.config import RunConfig
from pipeline.config import ConfigError, checked
from pipeline.engines.config import ModelConfig
from pipeline.models import ModelError, resolve
from pipeline.store import Run, Stage, StoreError, clear_run, open_run, read_shards
from schemas import Verdict

OUTSIDE = [
    "../../../outside.parquet",
    "/etc/passwd",
    "..",
    "a/../../b.parquet",
    "00000.parquet\n",
    "",
    ".",
    "x.parquet",
]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return open_run(str(tmp_path / "run"), config={}, seed=0)


def a_stage(run: Run) -> Stage[Verdict]:
    stage = run.stage("verdicts", Verdict, count=1, key=1)
    if stage.missing():
        stage.write(0, [])
    stage.seal()
    return stage


def planted(path: Path, *place: str | int, value: str) -> None:
    """Changes one value of a JSON file; the digest of the rest goes, as it may be missing in old files."""
    found = json.loads(path.read_text())
    found.pop("check")
    target = found
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    path.write_text(json.dumps(found))


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_shards_entry_that_names_another_file_is_set_aside(
    run: Run, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = a_stage(run)
    planted(Path(stage.url, "_manifest/00000.json"), "file", value=name)
    assert a_stage(run).missing() == []  # made anew
    assert "_manifest/00000.json is damaged: it is kept as" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("place", "values"),
    [(("shards", 0, "file"), OUTSIDE), (("key",), ["../../../outside", "..", "/etc", "", "0" * 15])],
)
def test_a_manifest_that_leads_elsewhere_is_refused_by_name(
    run: Run, place: tuple[str | int, ...], values: list[str]
) -> None:
    a_stage(run)
    folder = Path(run.url, "verdicts")
    whole = (folder / "manifest.json").read_bytes()
    for value in values:
        (folder / "manifest.json").write_bytes(whole)
        planted(folder / "manifest.json", *place, value=value)
        with pytest.raises(StoreError, match=r"verdicts/manifest.json is damaged"):
            run.sealed("verdicts", Verdict)
        with pytest.raises(StoreError, match=r"verdicts/manifest.json is damaged"):
            list(read_shards(str(folder), Verdict))


def test_clearing_a_run_removes_links_and_leaves_what_they_point_to(run: Run, tmp_path: Path) -> None:
    kept = tmp_path / "elsewhere"
    (kept / "deep").mkdir(parents=True)
    (kept / "deep/file").write_text("mine")
    stage = a_stage(run)
    for link in (Path(run.url, "linked"), Path(run.url, "train"), Path(stage.url, "inside")):
        link.symlink_to(kept)
    Path(run.url, "one").symlink_to(kept / "deep/file")
    Path(run.url, "broken").symlink_to(tmp_path / "nowhere")
    clear_run(run.url)
    assert not Path(run.url).exists()
    assert (kept / "deep/file").read_text() == "mine"


def test_a_run_behind_a_link_is_cleared_and_the_link_goes(run: Run, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(run.url)
    clear_run(str(tmp_path / "link"))
    assert not (tmp_path / "link").is_symlink()
    assert not any(Path(run.url).iterdir())


NAMES = st.text(st.sampled_from("ab./\\-_~ \n\0Ä:*?["), max_size=12)


@given(NAMES)
def test_the_name_of_a_run_is_one_folder(name: str) -> None:
    try:
        config = checked({"name": name, "tasks": {"sources": [{"family": "arithmetic.chain", "count": 1}]}}, RunConfig)
    except ConfigError:
        return
    assert Path(config.url).parts == ("outputs", name)
    assert name not in {".", ".."}


@given(st.text(max_size=80) | NAMES)
def test_the_name_of_a_model_makes_a_plain_name_of_a_stage(name: str) -> None:
    slug = ModelConfig(name=name).slug
    assert len(slug) <= 64
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")


@pytest.mark.parametrize("name", ["../..", "a/..@x", "org/name@../../x", "org/name@a/../../b", "org/name/../.."])
def test_no_name_of_a_model_leads_out_of_the_hubs_cache(name: str) -> None:
    with pytest.raises(ModelError):
        resolve(name)


@pytest.mark.parametrize("file", ["pytorch_model.bin", "model.pt", "weights.pth"])
def test_weights_that_may_run_code_are_refused_by_name(tmp_path: Path, file: str) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / file).write_bytes(b"\x80\x04}.")
    with pytest.raises(ModelError, match=rf"has no .safetensors weights \(it has {file}\); other formats can run code"):
        resolve(str(tmp_path))
