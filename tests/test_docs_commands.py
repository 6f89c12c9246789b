"""Every command shown in the README and the pages runs as shown, in a folder that has the configs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [
    "README.md",
    "docs/schedule.md",
    "docs/scaling.md",
    "docs/plan.md",
    "docs/train.md",
    "docs/rubrics.md",
    "docs/contamination.md",
    "docs/dedup.md",
]
GO_ON = {"docs/train.md": ["docs/publish.md"]}  # pages whose commands read what those of another page made

# `make demo` has its own test; `make test` is what runs this one; a guard that refuses its judge ends with exit code 1.
ELSEWHERE = {"make demo", "make test", "taskmill guard configs/guard.yaml"}


def commands(page: str) -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)
    lines = (line for block in blocks for line in block.replace("\\\n", "").splitlines())
    own = [line for line in lines if line and line not in ELSEWHERE]
    return own + [line for other in GO_ON.get(page, []) for line in commands(other)]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_run_in_order(page: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if page != "README.md":  # whose runs have servers of their own, as a newcomer's have
        request.getfixturevalue("shared_prefect")
    (tmp_path / "configs").symlink_to(ROOT / "configs")
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "PREFECT_HOME": str(tmp_path / "prefect")}
    assert commands(page)
    for command in commands(page):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
