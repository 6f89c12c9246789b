"""The worked examples of the package, and the one on its page."""

import doctest
import re
from pathlib import Path

import pytest

from pipeline import reliability
from pipeline.engines.transformers import TransformersEngine
from tests.filters.predictor.planted import planted_difficulty, planted_task
from trainer import tiny

PAGE = Path(__file__).parents[3] / "docs" / "predictor.md"


def test_the_examples_of_reliability_hold() -> None:
    result = doctest.testmod(reliability)
    assert result.attempted
    assert not result.failed


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example, with_readings = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    tasks = [planted_task(index, seed=1) for index in range(50)]
    given = {
        "tasks": tasks,
        "difficulties": [planted_difficulty(task) for task in tasks],
        "candidates": [planted_task(index, seed=2) for index in range(300)],
    }
    exec(example, given)  # noqa: S102 - our own page
    assert len(given["next_up"]) == 100
    assert given["predictor"].predict(given["candidates"]) == given["predictions"]

    signs = tiny.tokenizer()
    given["engine"] = TransformersEngine(tiny.model(3, len(signs)), signs, name="tiny", revision="r")
    exec(with_readings, given)  # noqa: S102 - our own page
    assert given["read"].keys() == {task.id for task in [*tasks, *given["candidates"]]}
    assert len(given["predictions"]) == 300
