"""The vLLM engine beside the transformers engine: the same samples, and the weights of a learner as it goes."""

import gc
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipeline.engines import Completion, Engine, EngineError, Request, Sampling, open_engine
from pipeline.engines.transformers import TransformersEngine
from pipeline.engines.vllm import VllmEngine
from schemas import Message

pytestmark = pytest.mark.slow

QUESTIONS = ("What is 2+2?", "Name a colour.", "Write a haiku about rain.", "Sort: b, a, c", "Say yes.", "Why?")
GREEDY = Sampling(temperature=0, max_tokens=24)


@pytest.fixture(scope="module")
def engine() -> Iterator[VllmEngine]:
    made = VllmEngine.load("smollm2-135m", threads=1, cache_gb=1.0)
    yield made
    made.close()


@pytest.fixture
def learner() -> Iterator[TransformersEngine]:
    """A model whose weights a test may change."""
    made = TransformersEngine.load("smollm2-135m", device="cpu")
    yield made
    made.close()
    gc.collect()


def asked(engine: Engine, samples: int, questions: Sequence[str] = QUESTIONS) -> list[Request]:
    return [
        Request(
            id=question,
            prompt_ids=engine.encode([Message("user", question)]),
            seeds=tuple(10**17 * number + one for one in range(samples)),
        )
        for number, question in enumerate(questions)
    ]


def answers(engine: Engine, requests: Sequence[Request], sampling: Sampling) -> dict[tuple[str, int], Completion]:
    return {(one.request_id, one.sample): one for one in engine.generate(requests, sampling)}


def shifted(model: Any, by: float) -> None:
    """Every weight a step of that size up or down, as an update of Adam would have it."""
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(3)
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter).sign() * by)


@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(temperature=1.0, max_tokens=24),
        Sampling(temperature=0.7, top_k=40, top_p=0.9, max_tokens=24, stop=(".", "\n")),
    ],
    ids=["plain", "cut"],
)
def test_samples_are_those_of_the_transformers_engine(
    engine: VllmEngine, learner: TransformersEngine, sampling: Sampling
) -> None:
    """Of 24, one or two may part where two tokens are as likely to the last digit."""
    theirs = answers(learner, asked(learner, 4), sampling)
    ours = answers(engine, asked(engine, 4), sampling)
    assert ours.keys() == theirs.keys()
    same = [key for key, one in ours.items() if one.token_ids == theirs[key].token_ids]
    assert len(same) >= 0.9 * len(ours)
    assert len({one.token_ids for one in ours.values()}) > len(QUESTIONS)
    for key in same:
        assert (ours[key].text, ours[key].finish) == (theirs[key].text, theirs[key].finish)
        assert ours[key].logprobs == pytest.approx(theirs[key].logprobs, abs=1e-3)


@pytest.mark.parametrize("tied", [True, False], ids=["parameters", "state dict"])
def test_new_weights_are_served_in_place_of_the_old(
    engine: VllmEngine, learner: TransformersEngine, tied: bool
) -> None:
    (before,) = answers(engine, asked(engine, 1, QUESTIONS[2:3]), GREEDY).values()
    shifted(learner._model, 2e-3 if tied else -2e-3)
    model = learner._model
    engine.load_weights(
        model.named_parameters() if tied else model.state_dict().items(), revision="step 1", reference=learner.score
    )
    assert engine.revision == "step 1"
    (after,) = answers(engine, asked(engine, 1, QUESTIONS[2:3]), GREEDY).values()
    (expected,) = answers(learner, asked(learner, 1, QUESTIONS[2:3]), GREEDY).values()
    assert after.token_ids == expected.token_ids != before.token_ids
    assert after.logprobs == pytest.approx(expected.logprobs, abs=1e-3)


def test_weights_come_from_a_checkpoint_folder_too(
    engine: VllmEngine, learner: TransformersEngine, tmp_path: Path
) -> None:
    shifted(learner._model, 1e-3)
    learner._model.save_pretrained(tmp_path)
    learner._tokenizer.save_pretrained(tmp_path)
    engine.load_weights(tmp_path, revision="a folder")
    texts = [(5, 6, 7)], [(8, 9, 10)]
    assert engine.score(*texts)[0] == pytest.approx(learner.score(*texts)[0], abs=1e-3)


def test_weights_wait_for_the_samples_of_the_old_ones(engine: VllmEngine, learner: TransformersEngine) -> None:
    stream = engine.generate(asked(engine, 2), GREEDY)
    next(stream)
    with pytest.raises(EngineError, match="still under way"):
        engine.load_weights(learner._model.named_parameters(), revision="too soon", reference=learner.score)
    assert engine.revision != "too soon"
    assert len(list(stream)) == 2 * len(QUESTIONS) - 1


def test_tensors_come_with_what_they_are_checked_by(engine: VllmEngine, learner: TransformersEngine) -> None:
    with pytest.raises(EngineError, match="give a reference"):
        engine.load_weights(learner._model.named_parameters(), revision="unchecked")


def test_scores_and_other_samples_may_be_asked_for_between_two_samples(engine: VllmEngine) -> None:
    requests = asked(engine, 2)
    expected = answers(engine, requests, GREEDY)
    one, other = engine.generate(requests, GREEDY), engine.generate(requests, GREEDY)
    found = [next(one), next(other)]
    prompts, continuations = [requests[0].prompt_ids], [expected[QUESTIONS[0], 0].token_ids]
    assert engine.score(prompts, continuations)[0] == pytest.approx(expected[QUESTIONS[0], 0].logprobs, abs=1e-3)
    found += [*other, *one]
    assert sorted(done.token_ids for done in found) == sorted([done.token_ids for done in expected.values()] * 2)


def test_there_is_no_sleep_on_a_cpu_and_that_is_said(engine: VllmEngine) -> None:
    with pytest.raises(EngineError, match="can't sleep on a CPU"):
        engine.sleep()
    assert len(answers(engine, asked(engine, 1), GREEDY)) == len(QUESTIONS)


def test_prompts_that_vllm_reads_in_pieces_are_sampled_by_their_seeds(folder: Path) -> None:
    """More prompt tokens at once than the 4,096 of a step: where vLLM's own seeds crash its CPU build."""
    texts = random.Random(7)
    prompts = [tuple(texts.randrange(3, 40) for _ in range(100)) for _ in range(90)]
    requests = [Request(id=str(at), prompt_ids=prompt, seeds=(at, at + 1)) for at, prompt in enumerate(prompts)]
    warm = Sampling(temperature=1.0, max_tokens=8)
    found = []
    for kind, own in (("vllm", {"cache_gb": 1.0}), ("transformers", {"device": "cpu"})):
        engine = open_engine(kind, str(folder), **own)
        found.append(answers(engine, requests, warm))
        engine.close()
    same = [key for key, one in found[0].items() if one.token_ids == found[1][key].token_ids]
    assert len(same) >= 0.95 * len(found[1]) == 0.95 * 180


def test_a_layer_that_is_left_out_of_new_weights_closes_the_engine(folder: Path) -> None:
    engine, learner = VllmEngine.load(str(folder), cache_gb=0.1), TransformersEngine.load(str(folder), device="cpu")
    shifted(learner._model, 1e-2)
    part = [(name, one) for name, one in learner._model.named_parameters() if "layers.1.mlp.up" not in name]
    with pytest.raises(EngineError, match="does not serve them"):
        engine.load_weights(part, revision="step 1", reference=learner.score)
    with pytest.raises(EngineError, match="closed"):
        engine.score([(5,)], [(6,)])


def test_a_head_that_is_left_behind_is_noticed(monkeypatch: pytest.MonkeyPatch, learner: TransformersEngine) -> None:
    """vLLM's CPU build keeps a packed copy of a tied head; without packing it anew nothing says that it is old."""
    monkeypatch.setattr("pipeline.engines.vllm_weights._retie", lambda model: None)
    engine = VllmEngine.load("smollm2-135m", threads=1, cache_gb=1.0)
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
    list(engine.generate([Request(id="a", prompt_ids=(5, 6), seeds=(1,))], GREEDY))
    assert state() == before
    engine.close()
    assert state() == before


LEAVING = """
import os, sys, psutil
from pipeline.engines import Request, Sampling, open_engine

def left():
    return len(psutil.Process().children(recursive=True)), sorted(os.listdir("/dev/shm"))

before = left()
for _ in range(2):
    engine = open_engine("vllm", sys.argv[1], cache_gb=0.1)
    list(engine.generate([Request(id="a", prompt_ids=(5, 6), seeds=(1, 2))], Sampling(max_tokens=4)))
    engine.close()
assert left() == before, (before, left())
print("nothing left")
"""


def test_a_closed_engine_leaves_no_process_and_no_shared_memory(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LEAVING, str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "nothing left" in done.stdout
