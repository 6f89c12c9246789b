"""verifiers and prime-rl: an environment package that is installed and loaded by its name."""

import re
from typing import Any

import pyarrow as pa

from flows.export.folder import Draft
from flows.export.readme import INSTALL, readme, run_name, with_taskmill
from flows.export.source import Source, as_builtin, prompts
from schemas import CurriculumRow, jsontext
from schemas.columns import message_list

ROWS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        message_list("prompt"),
        pa.field("family", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("answer", pa.string(), nullable=False),
        pa.field("level", pa.int32(), nullable=False),
        pa.field("pass_rate", pa.float64(), nullable=False),
    ]
)


def write_verifiers(source: Source, draft: Draft) -> None:
    """A package of the run's name with its rows inside, a file a split."""
    dashed = "taskmill-" + re.sub(r"[^a-z0-9]+", "-", run_name(source).lower()).strip("-")
    package = dashed.replace("-", "_")
    draft.text("pyproject.toml", _PYPROJECT.format(dashed=dashed, package=package))
    draft.text(f"{package}/__init__.py", _PACKAGE.format(dashed=dashed, imports=with_taskmill(_TASKSET)))
    draft.parquet(package, ((split, taskset_row(row)) for split, row in prompts(source)), ROWS)
    use = f"{INSTALL}\n{_USE.format(dashed=dashed, tokens=source.config.sampling.max_tokens)}"
    draft.text("README.md", readme(source, draft, "verifiers and prime-rl", use, _UNDECIDED))


def taskset_row(row: CurriculumRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "prompt": as_builtin(row.prompt),
        "family": row.family,
        "version": row.version,
        "payload": jsontext.dumps(row.payload),
        "answer": row.answer,
        "level": row.level,
        "pass_rate": row.pass_rate,
    }


_PYPROJECT = """\
[project]
name = "{dashed}"
version = "0.1.0"
description = "Tasks with measured difficulty, verified by rules."
requires-python = ">=3.11"
dependencies = ["verifiers>=0.4", "taskmill"]

[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[tool.setuptools]
packages = ["{package}"]

[tool.setuptools.package-data]
{package} = ["*.parquet"]
"""

_TASKSET = "from trainer.rewards.outside.environment import TaskmillTaskset"

_PACKAGE = '''\
"""The environment `{dashed}`."""

from pathlib import Path

{imports}


class Rows(TaskmillTaskset):
    folder = Path(__file__).resolve().parent


__all__ = ["Rows"]
'''

_USE = """\
```sh
pip install --no-deps .
vf-validate {dashed} --runtime.type subprocess
vf-eval {dashed} --env.agent.harness.id null --env.taskset.split validation
```

`vf-validate` has every gold answer judged. It is written for verifiers 0.4, whose environments are tasksets:
`verifiers.v1.load_taskset(verifiers.v1.taskset_config_type("{dashed}")(id="{dashed}"))`. In prime-rl:

```toml
[[orchestrator.train.env]]
name = "{dashed}"
taskset = {{ id = "{dashed}", split = "train" }}
harness = {{ id = "null", runtime = {{ type = "subprocess" }} }}

[orchestrator.train.sampling]
max_completion_tokens = {tokens}
```
"""

_UNDECIDED = """\
The reward function raises. verifiers records the error on the trace (`ok` is false, the reward `verified` is empty, not
0), so that the rollout can be dropped or sampled again; it is no wrong answer.
"""
