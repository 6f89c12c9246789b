"""Models wait for a slot of the limit `gpu`, where the server has one; they never wait where there is none."""

import contextvars
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.asking import Elsewhere
from flows.limits import GPU, gpu_slot
from flows.retries import as_task
from flows.workers.cluster import Cluster, OnCluster
from flows.workers.config import RunnerConfig
from pipeline.engines.config import ModelConfig


@pytest.fixture(scope="module")
def at_server(prefect_server: str) -> Iterator[None]:
    with temporary_settings({PREFECT_API_URL: prefect_server}):
        yield


@pytest.fixture
def one_slot(at_server: None) -> Iterator[None]:
    with get_client(sync_client=True) as client:
        client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=GPU, limit=1))
        try:
            yield
        finally:
            client.delete_global_concurrency_limit_by_name(GPU)


def _hold(spans: list[tuple[float, float]], both: threading.Barrier | None) -> None:
    with gpu_slot():
        start = time.monotonic()
        if both is not None:
            both.wait(60)
        time.sleep(0.1)
        spans.append((start, time.monotonic()))


def _two_flows(both: threading.Barrier | None) -> list[tuple[float, float]]:
    spans: list[tuple[float, float]] = []

    @flow
    def holds() -> None:
        as_task("hold", _hold, spans, both)

    threads = [threading.Thread(target=contextvars.copy_context().run, args=(holds,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return sorted(spans)


def test_two_flows_at_one_server_never_hold_a_model_at_once(one_slot: None) -> None:
    first, second = _two_flows(both=None)
    assert first[1] <= second[0]


@pytest.mark.parametrize(("address", "slots"), [("", 1), ("tcp://10.0.0.5:8786", 0)])
def test_a_model_that_the_workers_of_a_given_cluster_hold_takes_no_slot_here(
    one_slot: None, address: str, slots: int
) -> None:
    runner = RunnerConfig(kind="dask", address=address)
    place = OnCluster(Cluster(runner, 1, "run.json"), {}, single=True)

    @flow
    def begins() -> int:
        with ExitStack() as slot:
            Elsewhere(place, ModelConfig(name="org/model"), slot).begin()
            with get_client(sync_client=True) as client:
                return client.read_global_concurrency_limit_by_name(GPU).active_slots

    assert begins() == slots


def test_without_a_limit_nothing_waits_and_nothing_is_logged(at_server: None, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("prefect.task_runs")
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.WARNING, logger.name):
        first, second = _two_flows(threading.Barrier(2))  # each waits inside for the other
    logger.removeHandler(caplog.handler)
    assert second[0] < first[1]
    assert caplog.messages == []


def test_outside_of_flow_runs_there_is_no_slot_to_take(one_slot: None) -> None:
    with gpu_slot(), gpu_slot():
        pass
