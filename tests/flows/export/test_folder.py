"""The folder of an export is whole or not there, whatever happens while it is written."""

import os
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.export.folder import Draft, ExportError, drafted, manifest_of, new_manifest
from pipeline.lock import BusyError

MANIFEST = partial(lambda files: new_manifest(target="t", run="r", seed=1, model="m", stages={}, files=files))
SCHEMA = pa.schema([pa.field("number", pa.int64(), nullable=False)])

KILLED = """
import os, signal, sys
from tests.flows.export.test_folder import MANIFEST
from flows.export.folder import drafted
with drafted(sys.argv[1], MANIFEST) as draft:
    draft.text("a/b.txt", "half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def put(output: Path, text: str) -> None:
    with drafted(str(output), MANIFEST) as draft:
        draft.text("a/b.txt", text)


def half_then_failing(draft: Draft) -> None:
    draft.text("a/b.txt", "half")
    draft.text("a/b.txt/c.txt", "no folder")


def test_a_whole_export_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    put(tmp_path / "out", "one")
    put(tmp_path / "out", "two")
    assert (tmp_path / "out/a/b.txt").read_text() == "two"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert [file.name for file in manifest_of(tmp_path / "out").files] == ["a/b.txt"]


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    put(tmp_path / "out", "one")
    with pytest.raises(FileExistsError), drafted(str(tmp_path / "out"), MANIFEST) as draft:
        half_then_failing(draft)
    assert (tmp_path / "out/a/b.txt").read_text() == "one"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_killed_in_the_middle_it_leaves_nothing_that_looks_whole_and_the_next_one_tidies_up(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "out")], cwd=Path(__file__).parents[3])
    assert ended.returncode == -signal.SIGKILL
    assert (tmp_path / f".out~{socket.gethostname()}.new/a/b.txt").read_text() == "half"
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.rglob("export.json"))
    put(tmp_path / "out", "whole")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_killed_between_the_two_renames_the_earlier_one_comes_back(tmp_path: Path) -> None:
    put(tmp_path / "out", "one")
    (tmp_path / "out").rename(tmp_path / f".out~{socket.gethostname()}.old")
    with pytest.raises(ZeroDivisionError), drafted(str(tmp_path / "out"), MANIFEST):
        raise ZeroDivisionError
    assert (tmp_path / "out/a/b.txt").read_text() == "one"


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_no_export_is_left_as_it_is(tmp_path: Path, kind: str) -> None:
    mine = tmp_path / "mine"
    if kind == "file":
        mine.write_text("precious")
    else:
        mine.mkdir()
        (mine / "thesis.txt").write_text("precious")
    with pytest.raises(ExportError, match="no export"):
        put(mine, "x")
    assert (mine if kind == "file" else mine / "thesis.txt").read_text() == "precious"


def test_an_empty_folder_and_new_parents_will_do_and_a_url_will_not(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    put(tmp_path / "empty", "x")
    put(tmp_path / "new/deeper/out", "x")
    assert manifest_of(tmp_path / "new/deeper/out").target == "t"
    with pytest.raises(ExportError, match="copy it from there"):
        put("s3://bucket/out", "x")  # type: ignore[arg-type]


def test_two_at_once_are_told_apart(tmp_path: Path) -> None:
    with (
        drafted(str(tmp_path / "out"), MANIFEST),
        pytest.raises(BusyError),
        drafted(str(tmp_path / "out"), MANIFEST),
    ):
        pass


def test_rows_are_written_a_group_at_a_time_whatever_their_splits(tmp_path: Path) -> None:
    rows = [("train" if number % 3 else "test", {"number": number}) for number in range(4000)]
    with drafted(str(tmp_path / "out"), MANIFEST) as draft:
        draft.parquet("numbers", iter(rows), SCHEMA)  # type: ignore[arg-type]
        draft.json_lines("lines", iter(rows))  # type: ignore[arg-type]
        assert draft.rows_of("numbers") == {"train": 2666, "test": 1334}
    file = pq.ParquetFile(tmp_path / "out/numbers/train.parquet")
    assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [1000, 1000, 666]
    assert file.read()["number"].to_pylist() == [number for number in range(4000) if number % 3]
    assert (tmp_path / "out/lines/test.jsonl").read_text().count("\n") == 1334
    assert os.listdir(tmp_path) == ["out"]
