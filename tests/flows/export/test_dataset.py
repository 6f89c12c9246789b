"""The dataset to publish, read by `datasets`, by mlcroissant, and by a newcomer who runs what the card says."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import mlcroissant
import msgspec
import pyarrow.parquet as pq
import pytest
import yaml

from filters.curriculum import SPLITS
from flows.config import RunConfig, config_of
from flows.export.command import export_run
from flows.export.dataset.columns import KEPT_BACK, MEANINGS
from flows.export.dataset.header import header
from flows.export.dataset.measured import measured_in
from flows.export.folder import Draft, ExportError, manifest_of
from flows.export.source import source_of
from generators.verify import verify
from pipeline.config import ConfigError, load_config
from pipeline.store import Run, StoreError, read_shards
from schemas import CurriculumRow, Difficulty, Hit, schema_of
from tests.flows.export.conftest import CONFIG, a_run, config_in
from tests.flows.graded_run import made_run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of several families with all its stages."""
    return made_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def folder(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(run, tmp_path_factory.mktemp("export") / "whole")


@pytest.fixture(scope="module")
def held(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without the answers of its test split."""
    return exported(run, tmp_path_factory.mktemp("export") / "held", without=["test"])


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)


def exported(run: Run, place: Path, split: list[str] | None = None, without: list[str] | None = None) -> Path:
    export_run(run.url, "dataset", str(place), split or [], [], without or [])
    return place


def rows_of(run: Run, split: str) -> list[CurriculumRow]:
    stage = run.sealed(f"curriculum_{split}", CurriculumRow)
    return [] if stage is None else list(stage.records())


def stored(folder: Path, split: str) -> list[CurriculumRow]:
    return list(read_shards([str(folder / f"data/{split}-*.parquet")], CurriculumRow))


def front_matter(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((folder / "README.md").read_text().split("---\n")[1])
    return told


def section(folder: Path, title: str) -> str:
    return (folder / "README.md").read_text().split(f"## {title}\n")[1].split("\n## ")[0]


def test_datasets_reads_all_splits_by_the_card(run: Run, folder: Path) -> None:
    from datasets import Features, load_dataset

    loaded = load_dataset(str(folder))
    expected = {split: [row.id for row in rows] for split in SPLITS if (rows := rows_of(run, split))}
    assert {split: rows["id"] for split, rows in loaded.items()} == expected
    told = front_matter(folder)["dataset_info"]
    for rows in loaded.values():
        assert rows.features == Features.from_arrow_schema(schema_of(CurriculumRow))
        assert rows.features == Features._from_yaml_list(told["features"])
    assert {each["name"]: each["num_examples"] for each in told["splits"]} == {n: len(r) for n, r in expected.items()}
    assert told["download_size"] == sum(each.stat().st_size for each in (folder / "data").iterdir())


def test_datasets_streams_what_the_run_has(run: Run, folder: Path, held: Path) -> None:
    from datasets import load_dataset

    for place, split in ((folder, "test"), (held, "train"), (held, "test")):
        streamed = list(load_dataset(str(place), split=split, streaming=True))
        rows = rows_of(run, split)
        assert [row["prompt"][-1]["content"] for row in streamed] == [row.prompt[-1].content for row in rows]
        if (place, split) == (held, "test"):
            assert {row[name] for row in streamed for name in KEPT_BACK} == {None}
        else:
            assert [(row["answer"], json.loads(row["payload"])) for row in streamed] == [
                (row.answer, row.payload) for row in rows
            ]


def test_mlcroissant_finds_no_error_and_reads_the_rows(run: Run, held: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("WARNING")
    found = mlcroissant.Dataset(str(held / "croissant.json"))
    assert not found.metadata.issues.errors
    assert all("is recommended" in each for each in found.metadata.issues.warnings)
    rows = {row["default/id"].decode(): row for row in found.records("default")}
    for split in ("train", "validation", "test"):
        for own in rows_of(run, split):
            read = rows[own.id]
            assert (read["default/split"].decode(), read["default/pass_rate"]) == (split, own.pass_rate)
            assert (read["default/answer"] is None) == (split == "test")
            last = read["default/prompt"][-1]
            assert last["default/prompt/content"].decode() == own.prompt[-1].content
    test = found.records("default", filters={"default/split": "test"})
    assert {row["default/id"].decode() for row in test} == {row.id for row in rows_of(run, "test")}
    assert [each["splits/name"] for each in found.records("splits")] == ["train", "validation", "test"]
    assert not [each for each in caplog.messages if "is recommended" not in each]
    told = {each["@id"]: each for each in json.loads((held / "croissant.json").read_text())["distribution"]}
    for file in manifest_of(held).files:
        if file.rows is not None:
            assert told[file.name]["sha256"] == file.sha256


def test_the_card_shows_how_to_verify_an_answer_and_it_works(folder: Path) -> None:
    shown = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    assert shown is not None
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", shown[1]], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert ended.stdout.splitlines() == ["1.0 correct"] * 3, ended.stderr


def test_the_figures_of_the_card_are_those_of_the_run(run: Run, folder: Path) -> None:
    counts = [
        int(number.replace(",", ""))
        for number in re.findall(r"^\| .+ \| ([\d,]+) \|$", section(folder, "Filters"), re.M)
    ]
    kept = sum(len(rows_of(run, split)) for split in SPLITS)
    assert counts[0] - sum(counts[1:-1]) == counts[-1] == kept
    assert all(counts)
    composition = section(folder, "Composition")
    family = rows_of(run, "train")[0].family
    own = [sum(row.family == family for row in rows_of(run, split)) for split in ("train", "validation", "test")]
    assert re.search(rf"\| {re.escape(family)} \| [\d, ]+ \| {own[0]} \| {own[1]} \| {own[2]} \|", composition)
    rates = re.findall(r"^\| 0\.\d to [01]\.\d \| (\d+) ", section(folder, "How hard"), re.M)
    binned = [min(int(row.pass_rate * 10), 9) for row in rows_of(run, "train")]
    assert [int(each) for each in rates] == [binned.count(place) for place in range(10)]
    assert "Not checked against benchmarks" in section(folder, "Contamination")
    assert len(section(folder, "Examples")) < 5_000


@pytest.mark.parametrize("on_hit", ["drop", "flag"])
def test_the_card_tells_which_benchmarks_were_compared_with_and_what_was_found(tmp_path: Path, on_hit: str) -> None:
    run = made_run(tmp_path, on_hit)
    export_run(run.url, "dataset", str(tmp_path / "out"), [], [])
    told = section(tmp_path / "out", "Contamination")
    assert "| little | 9 | 9 | 9 | 9 |" in told
    assert "Not checked" not in told
    hits = run.sealed("hits", Hit)
    assert hits is not None
    found = sum(row.id in {hit.id for hit in hits.records()} for split in SPLITS for row in rows_of(run, split))
    assert (f"{found} rows of this dataset are such" in told) == (on_hit == "flag")
    limits = json.loads((tmp_path / "out" / "croissant.json").read_text())["rai:dataLimitations"]
    done = "left out" if on_hit == "drop" else "not left out"
    assert f"little (9 items, found in 9 tasks); tasks that were found were {done}." in limits


def test_every_column_has_a_meaning() -> None:
    assert list(MEANINGS) == schema_of(CurriculumRow).names
    assert set(KEPT_BACK) <= set(MEANINGS)


def test_answers_that_are_kept_back_are_nowhere_in_the_dataset(run: Run, held: Path) -> None:
    seed = pq.read_table(held / "data/train-00000-of-00001.parquet")["seed"]
    assert seed.null_count == len(seed)
    rows = rows_of(run, "test")
    assert rows
    for path in held.rglob("*"):
        if path.suffix in (".md", ".json", ".yaml"):
            text = path.read_text()
            assert not any(row.answer in text for row in rows)
            assert not any(f"{word}{run.seed}" in text for word in ("seed: ", '"seed": ', "seed "))
    assert manifest_of(held).seed is None
    assert not manifest_of(held).stages
    for digest in [stage.key for split in SPLITS if (stage := run.sealed(f"curriculum_{split}", CurriculumRow))]:
        assert not any(digest in path.read_text() for path in held.rglob("*.json"))
    assert stored(held.with_name("held-answers"), "test") == rows
    assert not list(held.glob("**/*answers*"))
    row = stored(held.with_name("held-answers"), "test")[0]
    assert verify(row, f"<answer>{row.answer}</answer>").score == 1.0


def test_a_benchmark_can_be_published_without_any_answer(run: Run, tmp_path: Path) -> None:
    place = exported(run, tmp_path / "bench", split=["test"], without=["test"])
    card = (place / "README.md").read_text()
    assert "```python" not in card
    assert "None: the answers of all splits are kept back." in card


def test_a_split_without_rows_has_no_answers_to_keep_back(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="no rows in ood: there are no answers"):
        exported(run, tmp_path / "out", without=["ood"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("to", "without", "said"),
    [("trl", "test", "TRL trains on the answers"), ("dataset", "ood", "ood is not among the splits")],
)
def test_answers_are_kept_back_of_a_dataset_alone_and_of_splits_that_are_there(
    run: Run, tmp_path: Path, to: str, without: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        export_run(run.url, to, str(tmp_path / "out"), ["train", "test"], [], [without])


def test_the_config_makes_the_tasks_again_and_tells_nothing_of_the_machine(tmp_path: Path) -> None:
    model = "{name: /secret/place/mine, engine: server, url: 'http://inner.host:81/v1', key_env: INNER_KEY,"
    model += " cache: /secret/cache, tokenizer: /secret/words}"
    text = f"{CONFIG}\nworkers: 3\nmodel: {model}\n"
    text = text.replace("tasks:\n", "tasks:\n  apart_from: [/secret/seen/old.parquet]\n")
    run = a_run(config_in(tmp_path, text))
    place = exported(run, tmp_path / "out")
    for path in place.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert not any(word in data for word in (b"secret", b"inner", b"INNER", bytes(tmp_path))), path
    again, before = load_config(place / "config.yaml", RunConfig, []), config_of(run)
    assert again.segments() == before.segments()
    for name in ("seed", "difficulty", "curriculum", "sampling", "aim"):
        assert getattr(again, name) == getattr(before, name)
    assert again.model is not None
    assert (again.model.name, again.model.tokenizer, again.tasks.apart_from) == ("mine", "words", ["old.parquet"])


def test_a_model_in_a_folder_goes_by_its_last_name(tmp_path: Path) -> None:
    run = a_run(config_in(tmp_path, f"{CONFIG}\nmodel: {{name: /secret/place/mine}}\n"))
    stage = run.stage("curriculum_train", CurriculumRow, count=1, key="there")
    stage.write(0, [msgspec.structs.replace(row, model="/secret/place/mine") for row in rows_of(run, "train")])
    stage.seal()
    place = exported(run, tmp_path / "out", split=["train"])
    assert {row.model for row in stored(place, "train")} == {"mine"}


def test_many_rows_go_to_several_files_in_their_order(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.export.dataset.rows.ROWS_PER_FILE", 40)
    place = exported(run, tmp_path / "out", split=["train"])
    rows = rows_of(run, "train")
    count = -(-len(rows) // 40)
    names = [f"train-{number:05}-of-{count:05}.parquet" for number in range(count)]
    assert sorted(each.name for each in (place / "data").iterdir()) == names
    assert count > 1
    assert stored(place, "train") == rows
    assert front_matter(place)["dataset_info"]["splits"][0]["num_examples"] == len(rows)


def test_a_card_tells_of_no_rollouts_that_its_rows_were_not_made_from(run: Run, tmp_path: Path) -> None:
    other = a_run(config_in(tmp_path))
    rows = rows_of(other, "train")
    stage = other.stage("curriculum_train", CurriculumRow, count=1, key="of others")
    stage.write(0, rows, inputs=["not what was measured since"])
    stage.seal()
    graded = run.sealed("difficulty", Difficulty)
    assert graded is not None
    measured = other.stage("difficulty", Difficulty, count=1, key="k")
    measured.write(0, list(graded.records()))
    measured.seal()
    with pytest.raises(StoreError, match="has measured other tasks since"):
        exported(other, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_licence_that_the_hub_does_not_know_is_told_by_name(run: Run, folder: Path) -> None:
    source = source_of(run.url, SPLITS, ["prompts"], asked=False)
    measured = measured_in(source)
    draft = Draft(folder)
    draft.rows = {file.name: file.rows for file in manifest_of(folder).files if file.rows is not None}
    assert yaml.safe_load(header(source, draft, measured))["license"] == "apache-2.0"
    cell, count = next(iter(measured.cells.items()))
    for licence, told in (("MIT", ["apache-2.0", "mit"]), ("Our own", "other")):
        measured.cells[cell._replace(license=licence)] = count
        assert yaml.safe_load(header(source, draft, measured))["license"] == told
