"""What may pass is tried again, what can't is not: of every kind of failure, in a real flow."""

from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from prefect import Flow, Task, flow, task
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_API_URL, temporary_settings

import flows
from filters.rollouts import RolloutError
from flows.contradiction import ContradictionError
from flows.retries import TRIED, again, may_pass
from flows.train import EmptyCurriculumError
from pipeline.config import ConfigError
from pipeline.engines.connection import Ask, Connection
from pipeline.engines.contact import served_revision
from pipeline.engines.protocol import EngineError, EngineGoneError
from pipeline.engines.retry import Patience
from pipeline.seeding import generator
from pipeline.store import StoreError
from pipeline.store.failures import DamageError, StoreAwayError

PASSING = [EngineGoneError("gone"), StoreAwayError("away"), ConnectionRefusedError("refused"), TimeoutError("late")]
LASTING = [
    ConfigError("a key"),
    EngineError("used up"),
    StoreError("full"),
    DamageError("bits"),
    ContradictionError("two keys"),
    EmptyCurriculumError("nothing"),
    RolloutError("no"),
    KeyError("a slip"),
]


@pytest.fixture(scope="module")
def at_server(prefect_server: str) -> Iterator[None]:
    with temporary_settings({PREFECT_API_URL: prefect_server}):
        yield


def test_a_task_of_a_flow_is_tried_again_where_that_may_help(
    at_server: None, capsys: pytest.CaptureFixture[str]
) -> None:
    tries: Counter[str] = Counter()
    options: dict[str, Any] = {**TRIED, "retry_delay_seconds": [0.01, 0.02]}

    @task(name="work", **options)
    def work(name: str, problem: Exception) -> str:
        tries[name] += 1
        if tries[name] < 3:
            raise problem
        return "done"

    @flow
    def whole() -> dict[str, Any]:
        ends = {type(each).__name__: work(type(each).__name__, each, return_state=True) for each in PASSING + LASTING}
        return {name: end.type for name, end in ends.items()}

    ends = whole()
    for problem in PASSING:
        assert may_pass(problem)
        assert (ends[type(problem).__name__], tries[type(problem).__name__]) == (StateType.COMPLETED, 3)
    for problem in LASTING:
        assert not may_pass(problem)
        assert (ends[type(problem).__name__], tries[type(problem).__name__]) == (StateType.FAILED, 1)
    assert capsys.readouterr().err.count("is tried again") == 2 * len(PASSING)


def test_every_task_of_ours_is_tried_again_and_none_is_cached() -> None:
    named = [import_module(f"flows.{each.name}") for each in iter_modules(flows.__path__) if each.name != "cli"]
    tasks = {id(each): each for module in named for each in vars(module).values() if isinstance(each, Task)}
    assert len(tasks) >= 8
    for each in tasks.values():
        assert (each.retries, each.retry_condition_fn) == (TRIED["retries"], again), each.name
        assert each.cache_policy == TRIED["cache_policy"], each.name
    found = {each.name for module in named for each in vars(module).values() if isinstance(each, Flow)}
    assert len(found) >= 13


def test_a_server_that_is_away_may_come_back_and_one_that_never_answered_is_a_mistake() -> None:
    ask: Ask[Any] = Ask("/models", None, lambda answer: answer, 1000)
    connection = Connection("http://127.0.0.1:1/v1", "", 1)
    patience = Patience(attempts=2, first_wait=0.001)
    try:
        with pytest.raises(EngineGoneError, match="no connection"):
            connection.submit(connection.answer(ask, patience, generator(0, "retry", "models"))).result()
        with pytest.raises(EngineError) as late:
            connection.submit(
                connection.answer(ask, Patience(first_wait=9.0, deadline=5.0), generator(0, "retry", "models"))
            ).result()
        assert not may_pass(late.value)
    finally:
        connection.close()
    with pytest.raises(EngineError) as mistyped:
        served_revision("m", "http://127.0.0.1:1/v1")
    assert not may_pass(mistyped.value)
