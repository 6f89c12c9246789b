"""The vLLM engine beside the transformers engine: the same samples, and the weights of a learner as it goes."""

import gc
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.engines import Completion, Engine, EngineError, Request, Sampling
from pipeline.engines.transformers import TransformersEngine
from pipeline.engines.vllm import VllmEngine
from schemas import Message
from tests.pipeline.vllm.updates import shifted

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


def test_a_schema_holds_the_samples_to_its_form_and_seeds_still_decide(engine: VllmEngine) -> None:
    schema = '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}'
    held = Sampling(temperature=1.0, max_tokens=60, json_schema=schema)
    requests = asked(engine, 2, QUESTIONS[:3])
    done = answers(engine, requests, held)
    ended = [json.loads(one.text) for one in done.values() if one.finish == "stop"]
    assert len(ended) >= 4
    assert all(type(each["n"]) is int and len(each) == 1 for each in ended)
    again = answers(engine, requests, held)
    assert {key: one.token_ids for key, one in done.items()} == {key: one.token_ids for key, one in again.items()}
