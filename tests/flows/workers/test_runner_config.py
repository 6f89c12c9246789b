"""What a runner may be asked for, and what is refused."""

from typing import Any

import pytest

from flows.config import RunConfig
from flows.workers import HERE, RunnerConfig, opened_workers
from pipeline.config import ConfigError, checked

TASKS = {"sources": [{"family": "arithmetic.chain", "count": 1}]}


@pytest.mark.parametrize(
    ("runner", "told"),
    [
        ({"kind": "thread"}, "runner.kind: Input should be 'threads', 'processes' or 'dask'.* did you mean threads?"),
        ({"engines": 2, "kind": "threads"}, "engines: only for kind processes"),
        ({"address": "tcp://127.0.0.1:8786"}, "address: only for kind dask"),
        ({"resources": {"GPU": 1}}, "resources: only for kind dask"),
        ({"kind": "dask", "resources": {"GPU": 1}}, "resources: only with address"),
        ({"kind": "dask", "address": "tcp://h:1", "resources": {"GPU": 0}}, "resources: amounts above 0"),
        ({"wait": 0}, "runner.wait: .*greater than 0"),
    ],
)
def test_a_runner_that_cannot_be_is_refused_in_one_line(runner: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told) as problem:
        checked({"name": "run", "tasks": TASKS, "runner": runner}, RunConfig)
    assert "\n" not in str(problem.value)


@pytest.mark.parametrize(
    ("count", "runner", "rules", "models"),
    [
        (1, RunnerConfig(), 1, None),
        (3, RunnerConfig(), 3, None),
        (3, RunnerConfig(kind="threads"), 3, None),
        (3, RunnerConfig(engines=2), 3, 2),
        (1, RunnerConfig(engines=2), 1, 2),
    ],
)
def test_the_config_says_how_much_is_done_at_once(
    count: int, runner: RunnerConfig, rules: int, models: int | None
) -> None:
    with opened_workers(runner, count, "nowhere") as workers:
        assert (workers.rules.at_once, workers.rows.at_once) == (rules, count)
        assert (workers.models and workers.models.at_once) == models
        assert (workers.rules is HERE) == (count == 1 and runner.kind == "processes")


def test_workers_that_are_there_are_taken_and_stay() -> None:
    with opened_workers(RunnerConfig(), 3, "nowhere") as there:
        with opened_workers(RunnerConfig(kind="threads"), 1, "nowhere", there) as taken:
            assert taken is there
        assert there.rules("three", len, "abc") == 3
