"""The environment package by `verifiers` itself: installed, loaded by name, scored by its own scoring."""

import asyncio
import importlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import verifiers.v1 as vf

from filters.curriculum import SPLITS
from flows.export.command import export_run
from pipeline.store import Run
from schemas import Task

NAME = "taskmill-small-run"


@pytest.fixture(scope="module")
def installed(full_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The package's name, while it can be imported."""
    folder = tmp_path_factory.mktemp("environment")
    export_run(full_run.url, "verifiers", str(folder / "package"), [], [])
    target = folder / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(folder / "package")], check=True)
    sys.path.insert(0, str(target))
    importlib.invalidate_caches()
    yield NAME
    sys.path.remove(str(target))


def tasks_in(name: str, split: str) -> list[Any]:
    config = vf.taskset_config_type(name)(id=name, split=split)
    return list(vf.load_taskset(config))


def scored(task: Any, said: str) -> Any:
    """The trace of a rollout that said so, scored as verifiers scores it."""
    agent = vf.AgentInfo(config=vf.AgentConfig())
    trace = vf.Trace(task=vf.TraceTask(type=type(task).__name__, data=task.data, key=task.key), agent=agent)
    trace.nodes.append(vf.MessageNode(message=vf.AssistantMessage(content=said), sampled=True))
    asyncio.run(task.score(trace))
    return trace


def test_an_environment_is_made_of_its_name(installed: str) -> None:
    config = vf.resolve_env_config({"taskset": {"id": installed, "split": "test"}})
    environment = vf.load_environment(config)
    assert isinstance(environment, vf.Env)
    assert environment.taskset.config.split == "test"


def test_each_split_has_its_tasks_with_the_ids_of_the_run(installed: str, tasks: dict[str, Task]) -> None:
    seen = {split: [task.key for task in tasks_in(installed, split)] for split in SPLITS}
    assert all(seen.values())
    ids = [each for own in seen.values() for each in own]
    assert sorted(ids) == sorted(tasks)
    with pytest.raises(ValueError, match="split"):
        tasks_in(installed, "all")


def test_right_and_wrong_answers_are_paid_as_the_verifier_says(installed: str, tasks: dict[str, Task]) -> None:
    for task in tasks_in(installed, "validation"):
        own = tasks[task.key]
        assert task.data.prompt[-1].content == own.prompt[-1].content
        assert scored(task, f"Surely <answer>{own.answer}</answer>").reward == 1.0
        assert scored(task, "<answer>no</answer>").reward == 0.0
        assert asyncio.run(task.validate(None)) is True


def test_what_the_verifier_cannot_judge_is_an_error_and_no_zero(installed: str) -> None:
    task = tasks_in(installed, "validation")[0].with_data(payload='{"is": "of no family"}')
    agent = vf.AgentInfo(config=vf.AgentConfig())
    trace = vf.Trace(task=vf.TraceTask(type="", data=task.data), agent=agent)
    trace.nodes.append(vf.MessageNode(message=vf.AssistantMessage(content="<answer>1</answer>"), sampled=True))
    with pytest.raises(vf.TaskError, match=r"UndecidedError: task .* this is not a payload"):
        asyncio.run(task.score(trace))
    assert trace.rewards == {"verified": None}
