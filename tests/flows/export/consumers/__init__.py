"""Programs of other trainers' own code that read an export, each with the packages that it needs.

Those packages pin other versions of PyTorch and transformers than the tests have, so they are fetched without their
dependencies into a folder, and only a process of their own sees them.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[4]

PACKAGES = {
    "verl": (
        "verl==0.9.1",
        "codetiming==1.4.0",
        "hydra-core==1.3.8",
        "omegaconf==2.3.0",
        "antlr4-python3-runtime==4.9.3",
        "pyvers==0.2.3",
        "ray==2.60.0",
        "tensordict==0.15.3",
    ),
    "openrlhf": ("openrlhf==0.11.2", "pylatexenc==2.11", "ray==2.60.0"),
}


def told_by(consumer: str, folder: Path, answers: dict[str, str]) -> Any:
    """What `CONSUMER_reads.py` prints of the export in `folder`; `answers` are the gold ones by task."""
    own = folder.parent / "packages"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-compile",
    ]
    subprocess.run([*pip, "--target", str(own), *PACKAGES[consumer]], check=True)
    (folder.parent / "answers.json").write_text(json.dumps(answers))
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(own)]),
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(folder.parent / "hub"),
    }
    program = Path(__file__).with_name(f"{consumer}_reads.py")
    command = [sys.executable, str(program), str(folder), str(folder.parent / "answers.json")]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])
