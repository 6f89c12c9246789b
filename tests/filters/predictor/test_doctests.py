"""The worked examples of the package, and the one on its page."""

import doctest
import re
from pathlib import Path

from filters.predictor import calibration
from tests.filters.predictor.planted import planted_difficulty, planted_task

PAGE = Path(__file__).parents[3] / "docs" / "predictor.md"


def test_the_examples_of_calibration_hold() -> None:
    result = doctest.testmod(calibration)
    assert result.attempted
    assert not result.failed


def test_the_example_of_the_page_runs(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    tasks = [planted_task(index, seed=1) for index in range(50)]
    given = {
        "tasks": tasks,
        "difficulties": [planted_difficulty(task) for task in tasks],
        "candidates": [planted_task(index, seed=2) for index in range(300)],
    }
    exec(example, given)  # noqa: S102 - our own page
    assert len(given["next_up"]) == 100
    assert given["predictor"].predict(given["candidates"]) == given["predictions"]
