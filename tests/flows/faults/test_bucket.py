"""Every stage of a run in an S3 bucket comes to the bytes of a run on this machine; nothing tells the credentials."""

from pathlib import Path

import fsspec
import pytest

from flows.cli import FAILED, exit_code
from flows.config import RunConfig
from flows.export.command import export_run
from flows.run import run_flow
from pipeline.config import ConfigError, checked
from pipeline.store import files, load_run
from schemas import Task
from tests.flows.faults.stages import CONFIG, STAGES, files_of
from trainer.tasks import measured_in, read_tasks


def test_all_stages_in_a_bucket_are_those_of_a_folder(
    calm: Path, bucket: str, s3_server: dict[str, str], tmp_path: Path
) -> None:
    for name, stage in STAGES.items():
        if name != "export":
            stage(bucket, tmp_path / "paid")
    export_run(f"{bucket}/small", "trl", str(tmp_path / "trl"), [], [])
    fs = fsspec.filesystem("s3")
    fs.get(f"{bucket}/small", str(tmp_path / "small"), recursive=True)
    fetched, wanted = files_of(tmp_path), files_of(calm)
    assert {name for name in fetched.keys() ^ wanted.keys()} == set()
    assert [name for name in wanted if fetched[name] != wanted[name]] == []
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for secret in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        assert s3_server[secret].encode() not in held or s3_server[secret] == "key"
    train = f"{bucket}/small/curriculum_train"
    assert len(read_tasks([train])) == len(measured_in([train])) > 0


def test_training_of_a_run_elsewhere_needs_a_folder_here() -> None:
    given = {**CONFIG, "output": "s3://bucket/runs", "train": {"steps": 1}}
    with pytest.raises(ConfigError, match=r"train\.output: s3://bucket/runs is not on this machine's disk"):
        checked(given, RunConfig)
    assert checked({**given, "train": {"steps": 1, "output": "here"}}, RunConfig).url == "s3://bucket/runs/small"


@pytest.mark.usefixtures("calm")
def test_what_taskmill_run_does_in_a_bucket(bucket: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = {**CONFIG, "name": "tasks", "model": None}
    run_flow.fn(checked({**given, "output": f"{bucket}/runs"}, RunConfig))
    unique = load_run(f"{bucket}/runs/tasks").sealed("unique", Task)
    assert unique is not None
    assert len(list(unique.records())) == 12
    assert {"report.html", "run.json"} <= files.sizes(f"{bucket}/runs/tasks").keys()
    assert files.LOCK not in files.sizes(f"{bucket}/runs/tasks")
    capsys.readouterr()
    nowhere = checked({**given, "output": f"{bucket}-of-nobody/runs"}, RunConfig)
    assert exit_code(lambda: run_flow.fn(nowhere)) == FAILED
    said = capsys.readouterr().err
    assert said.startswith(f"taskmill: {bucket}-of-nobody/runs/tasks")
    assert "there is no such bucket" in said
    assert said.count("\n") == 1
