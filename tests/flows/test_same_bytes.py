"""One worker or two, whatever PYTHONHASHSEED: the task shards are the same bytes."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFIG = """
name: same
seed: 11
model: null
tasks:
  shard_size: 30
  sources:
  - {family: grids.sudoku, count: 20, levels: [1, 3]}
  - {family: logic.zebra, count: 15, levels: [2]}
  - {family: planning.sokoban, count: 15, levels: [2]}
  - {family: arithmetic.chain, count: 40, levels: [1, 4], styles: [plain, words]}
  - {family: strings.word_sorting, count: 20, levels: [3]}
"""


def shards_of(folder: Path, workers: int, hash_seed: str) -> dict[str, str]:
    """sha256 by file name of the run's task and unique shards."""
    config = folder / "same.yaml"
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "flows.cli", "run", str(config), "--set", f"workers={workers}"]
    done = subprocess.run(
        [*command, "--set", f"output={folder / 'out'}"],
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PREFECT_HOME": str(folder / "prefect")},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    run = folder / "out" / "same"
    files = sorted(path for stage in ("tasks", "unique") for path in (run / stage).rglob("*.parquet"))
    assert len(files) >= 10
    return {str(path.relative_to(run)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.slow
@pytest.mark.usefixtures("shared_prefect")
def test_shards_are_the_same_bytes_on_one_and_two_workers_under_other_hash_seeds(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    assert shards_of(one, workers=1, hash_seed="1") == shards_of(two, workers=2, hash_seed="4242")
