"""Where vLLM is looked for when it is not in this environment."""

import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.engines import EngineError
from pipeline.engines.vllm_opening import opened
from pipeline.engines.vllm_parts import Opening, Serving

OPENING = Opening(path="/models/one", threads=2)


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pipeline.engines.vllm_opening.find_spec", lambda name: None)
    monkeypatch.setattr("pipeline.engines.vllm_opening._BESIDE", tmp_path / "none/bin/python")
    monkeypatch.delenv("TASKMILL_VLLM_PYTHON", raising=False)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a worker would be started as, and asked first."""
    seen: list[Any] = []

    class Recorded:
        def __init__(self, command: list[str], what: str, environment: dict[str, str]) -> None:
            seen.extend([command, environment])

        def call(self, name: str, arguments: Any, result: Any) -> Serving:
            seen.append((name, arguments))
            return Serving(context=64, vocabulary=10, rows=2, dtype="float32", versions=())

    monkeypatch.setattr("pipeline.engines.vllm_worker.Worker", Recorded)
    return seen


def test_without_any_vllm_it_is_said_how_to_get_one() -> None:
    with pytest.raises(EngineError, match=r"make setup-vllm.*TASKMILL_VLLM_PYTHON"):
        opened(OPENING)


def test_a_named_python_that_is_no_program_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TASKMILL_VLLM_PYTHON", str(tmp_path / "python"))
    with pytest.raises(EngineError, match="which is no program"):
        opened(OPENING)


def test_the_named_python_holds_it(monkeypatch: pytest.MonkeyPatch, started: list[Any]) -> None:
    monkeypatch.setenv("TASKMILL_VLLM_PYTHON", sys.executable)
    assert opened(OPENING).serving.context == 64
    command, environment, first = started
    assert command == [sys.executable, "-P", "-m", "pipeline.engines.vllm_worker"]
    assert environment == {"OMP_NUM_THREADS": "2"}
    assert first == ("open", OPENING)


def test_else_that_of_the_environment_beside(
    monkeypatch: pytest.MonkeyPatch, started: list[Any], tmp_path: Path
) -> None:
    beside = tmp_path / "python"
    beside.touch()
    monkeypatch.setattr("pipeline.engines.vllm_opening._BESIDE", beside)
    opened(OPENING)
    assert started[0][0] == str(beside)


def test_a_python_without_taskmill_says_so_in_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setenv("TASKMILL_VLLM_PYTHON", str(bare))
    with pytest.raises(EngineError, match=r"(?s)worker process of vLLM died while it was asked to open.*No module"):
        opened(OPENING)
