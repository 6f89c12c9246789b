"""vLLM in a worker process: as in this one, and gone when it should be."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline.engines import EngineError, Request, Sampling
from pipeline.engines.transformers import TransformersEngine
from pipeline.engines.vllm import VllmEngine
from pipeline.engines.vllm_core import VllmCore
from pipeline.engines.vllm_worker import WorkerCore

pytestmark = pytest.mark.slow

WARM = Sampling(temperature=1.0, max_tokens=12)
REQUESTS = [Request(id=str(one), prompt_ids=(5, 6, 7 + one), seeds=(one, one + 100)) for one in range(20)]


@pytest.fixture(scope="module")
def here(folder: Path) -> Iterator[VllmEngine]:
    made = VllmEngine.load(str(folder), cache_gb=0.1)
    yield made
    made.close()


@pytest.fixture
def there(here: VllmEngine, folder: Path) -> Iterator[VllmEngine]:
    """The second engine of this process, which has a process of its own for that."""
    made = VllmEngine.load(str(folder), cache_gb=0.1)
    yield made
    made.close()


def pid(engine: VllmEngine) -> int:
    assert isinstance(engine._core, WorkerCore)
    return engine._core.pid


def test_it_says_what_one_in_this_process_says(here: VllmEngine, there: VllmEngine, folder: Path) -> None:
    assert isinstance(here._core, VllmCore)
    assert there._core.serving == here._core.serving
    samples = [
        {(one.request_id, one.sample): (one.token_ids, one.text) for one in engine.generate(REQUESTS, WARM)}
        for engine in (here, there)
    ]
    assert samples[0] == samples[1]
    assert len(samples[0]) == 2 * len(REQUESTS)
    prompts, continuations = [(5, 6), (7,)], [(8, 9), ()]
    assert there.score(prompts, continuations) == here.score(prompts, continuations)
    learner = TransformersEngine.load(str(folder), device="cpu")
    for parameter in learner._model.parameters():
        parameter.data *= 1.01
    there.load_weights(learner._model.named_parameters(), revision="step 1", reference=learner.score)
    assert there.score(prompts, continuations)[0] == pytest.approx(learner.score(prompts, continuations)[0], abs=1e-3)
    with pytest.raises(EngineError, match="can't sleep on a CPU"):
        there.sleep()
    worker = pid(there)
    there.close()
    assert not psutil.pid_exists(worker)


def test_one_that_dies_ends_the_samples_with_its_log(there: VllmEngine) -> None:
    stream = there.generate(REQUESTS, WARM)
    next(stream)
    os.kill(pid(there), signal.SIGKILL)
    with pytest.raises(EngineError, match="the worker process of vLLM died while it was asked to decode; its log ends"):
        list(stream)


def test_a_model_that_vllm_cannot_open_is_an_error_and_no_process(here: VllmEngine, folder: Path) -> None:
    before = psutil.Process().children()
    with pytest.raises(EngineError, match="vLLM can't open"):
        VllmEngine.load(str(folder), context=4096, cache_gb=0.1)
    assert psutil.Process().children() == before
