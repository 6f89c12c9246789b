"""vLLM opened in this process alone: what it does to the process, and what it must not be trusted with."""

import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipeline.engines import EngineError, Request, Sampling, open_engine
from pipeline.engines.transformers import TransformersEngine
from pipeline.engines.vllm import VllmEngine
from pipeline.engines.vllm_core import VllmCore
from tests.pipeline.vllm.updates import shifted

pytestmark = pytest.mark.slow


def test_prompts_that_vllm_reads_in_pieces_are_sampled_by_their_seeds(folder: Path) -> None:
    """More prompt tokens at once than the 4,096 of a step: where vLLM's own seeds crash its CPU build."""
    texts = random.Random(7)
    prompts = [tuple(texts.randrange(3, 40) for _ in range(100)) for _ in range(90)]
    requests = [Request(id=str(at), prompt_ids=prompt, seeds=(at, at + 1)) for at, prompt in enumerate(prompts)]
    warm = Sampling(temperature=1.0, max_tokens=8)
    found = []
    for kind, own in (("vllm", {"cache_gb": 1.0}), ("transformers", {"device": "cpu"})):
        engine = open_engine(kind, str(folder), **own)
        found.append({(one.request_id, one.sample): one.token_ids for one in engine.generate(requests, warm)})
        engine.close()
    same = [key for key, ids in found[0].items() if ids == found[1][key]]
    assert len(same) >= 0.95 * len(found[1]) == 0.95 * 180


def test_a_layer_that_is_left_out_of_new_weights_closes_the_engine(folder: Path) -> None:
    engine, learner = VllmEngine.load(str(folder), cache_gb=0.1), TransformersEngine.load(str(folder), device="cpu")
    shifted(learner._model, 1e-2)
    part = [(name, one) for name, one in learner._model.named_parameters() if "layers.1.mlp.up" not in name]
    with pytest.raises(EngineError, match="does not serve them"):
        engine.load_weights(part, revision="step 1", reference=learner.score)
    with pytest.raises(EngineError, match="closed"):
        engine.score([(5,)], [(6,)])


def test_a_head_that_is_left_behind_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """vLLM's CPU build keeps a packed copy of a tied head; without packing it anew nothing says that it is old."""
    monkeypatch.setattr("pipeline.engines.vllm_weights._retie", lambda model: None)
    engine = VllmEngine.load("smollm2-135m", threads=1, cache_gb=1.0)
    assert isinstance(engine._core, VllmCore)
    learner = TransformersEngine.load("smollm2-135m", device="cpu")
    shifted(learner._model, 1e-4)
    with pytest.raises(EngineError, match="does not serve them"):
        engine.load_weights(learner._model.named_parameters(), revision="step 1", reference=learner.score)


def test_the_process_is_left_as_it_was(folder: Path) -> None:
    def state() -> tuple[Any, ...]:
        arrays = np.random.get_state()[1], torch.random.get_rng_state()
        cores = os.sched_getaffinity(0), torch.get_num_threads(), torch.set_num_threads
        return os.environ.get("LD_PRELOAD"), cores, random.getstate(), *(str(list(array)) for array in arrays)

    before = state()
    engine = VllmEngine.load(str(folder), cache_gb=0.1)
    assert state() == before
    list(engine.generate([Request(id="a", prompt_ids=(5, 6), seeds=(1,))], Sampling(max_tokens=24)))
    assert state() == before
    engine.close()
    assert state() == before


def test_after_a_model_that_vllm_cannot_open_it_can_open_another(folder: Path) -> None:
    with pytest.raises(EngineError, match="vLLM can't open"):
        VllmEngine.load(str(folder), context=4096, cache_gb=0.1)
    engine = VllmEngine.load(str(folder), cache_gb=0.1)
    assert isinstance(engine._core, VllmCore)
    assert engine.score([(5,)], [(6, 7)])
    engine.close()


LEAVING = """
import os, sys, tempfile, psutil
from pipeline.engines import Request, Sampling, open_engine

def left():
    files = [sorted(os.listdir(folder)) for folder in ("/dev/shm", tempfile.gettempdir())]
    return len(psutil.Process().children(recursive=True)), files

before = left()
for _ in range(2):
    engine = open_engine("vllm", sys.argv[1], cache_gb=0.1)
    list(engine.generate([Request(id="a", prompt_ids=(5, 6), seeds=(1, 2))], Sampling(max_tokens=4)))
    engine.close()
assert left() == before, (before, left())
print("nothing left")
"""


def test_a_closed_engine_leaves_no_process_no_shared_memory_and_no_file(folder: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LEAVING, str(folder)],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert "nothing left" in done.stdout
