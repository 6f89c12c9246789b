"""`taskmill eval` on a real model: a table, the scores as JSON, and no sample made twice."""

from pathlib import Path

import msgspec
import pytest

from flows.cli import app, exit_code
from pipeline.store import load_run
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Rollout, Task
from trainer import tiny
from trainer.scores import Scores


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learnt nothing, and tasks."""
    folder = tmp_path_factory.mktemp("tiny")
    signs = tiny.tokenizer()
    tiny.model(0, len(signs)).save_pretrained(folder / "model")
    signs.save_pretrained(folder / "model")
    write_whole(str(folder / "held_out.parquet"), shard_bytes(tiny.problems(0)[1], Task)[0])
    return folder


def evaluated(folder: Path, *options: str) -> int:
    arguments = ["eval", str(folder / "model"), str(folder / "held_out.parquet"), "--max-tokens", "5", *options]
    return exit_code(lambda: app(arguments, standalone_mode=False))


def test_a_model_is_evaluated_and_what_is_stored_is_not_made_again(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = ["-n", "4", "--tasks", "40", "--output", str(tmp_path / "first")]
    assert evaluated(made, *options) == 0
    assert "pass@1" in capsys.readouterr().out
    (total, own) = msgspec.json.decode((tmp_path / "first/scores.json").read_bytes(), type=list[Scores])
    assert (total.tasks, total.samples, own.family) == (40, 160, "arithmetic.reversed_addition")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "first").rglob("*.parquet")}
    stage = load_run(str(tmp_path / "first")).sealed("rollouts", Rollout)
    assert stage is not None
    assert len({(each.task_id, each.sample) for each in stage.records()}) == 160

    shards = sorted(before)
    shards[-1].unlink()
    assert evaluated(made, *options) == 0
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / "first").rglob("*.parquet")}
    assert after.keys() == before.keys()
    assert [path for path in shards if after[path] != before[path]] == shards[-1:]

    capsys.readouterr()
    assert evaluated(made, "-n", "4", "--tasks", "40", "--seed", "1", "--against", str(tmp_path / "first")) == 0
    assert "solved at least once:" in capsys.readouterr().out


def test_every_split_is_told_apart(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_whole(str(tmp_path / "further.parquet"), shard_bytes(tiny.problems(0)[0][:6], Task)[0])
    first, again = ["-n", "2", "--tasks", "6", "--output", "first"], ["-n", "2", "--tasks", "6", "--output", "again"]
    assert evaluated(made, *first) == 0
    further = ["--split", f"ood={tmp_path / 'further.parquet'}"]
    for options in (again, again):
        assert evaluated(made, *options, *further, "--against", "first") == 0
        told = capsys.readouterr().out
        assert "ood: 12 samples of 6 tasks" in told
        assert told.count("solved at least once:") == 1  # the first evaluation had no such split
    scores = msgspec.json.decode((tmp_path / "again/scores.json").read_bytes(), type=list[Scores])
    assert [(each.split, each.family, each.samples) for each in scores if each.family == "all"] == [
        ("held_out", "all", 12),
        ("ood", "all", 12),
    ]
    stages = [load_run(str(tmp_path / "again")).sealed(name, Rollout) for name in ("rollouts", "rollouts_ood")]
    assert [sum(info.rows for info in stage.shards()) for stage in stages if stage is not None] == [12, 12]
    assert evaluated(made, *first, "--split", "ood") == 2
    assert "give NAME=SHARDS" in capsys.readouterr().err
    assert evaluated(made, *first, "--split", f"held_out={tmp_path}") == 2


def test_an_engine_that_there_is_not_is_bad_usage(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluated(made, "--engine", "magic") == 2
    assert "model.engine" in capsys.readouterr().err
