"""What the model makes of gold answers: their own log-odds, and what a predictor gains by them."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.difficulty import Tally, difficulty_of
from filters.predictor import PredictorConfig, PredictorError, fitted, load_predictor, readings, save_predictor
from generators.stream import Segment, tasks_of
from pipeline.engines import Completion, Request, Sampling
from pipeline.engines.transformers import TransformersEngine
from pipeline.seeding import generator
from schemas import Task
from trainer import tiny


def sums(start: int, stop: int) -> list[Task]:
    segment = Segment(family="arithmetic.reversed_addition", level=2, seed=1, start=start, stop=stop, styles=("bare",))
    return list({task.canonical: task for task in tasks_of(segment)}.values())


@pytest.fixture(scope="module")
def engine() -> TransformersEngine:
    """A model that has learnt nothing."""
    signs = tiny.tokenizer()
    return TransformersEngine(tiny.model(3, len(signs)), signs, name="tiny", revision="r")


def test_a_reading_is_the_log_odds_of_writing_the_answer_at_once(engine: TransformersEngine) -> None:
    tasks = sums(0, 6)
    for prefill in ("<answer>", ""):
        told = readings(tasks, engine, prefill)
        for task in tasks:
            prompt = engine.encode(task.prompt, "<answer>")
            whole = engine.encode(task.prompt, f"<answer>{task.answer}</answer>")
            chance = math.exp(sum(engine.score([prompt], [whole[len(prompt) :]])[0]))
            assert told[task.id] == pytest.approx(math.log(chance / (1 - chance)), abs=1e-3)


def test_it_is_how_often_samples_are_right(engine: TransformersEngine) -> None:
    """Of the commonest whole answer that samples give."""
    (task,) = sums(0, 1)
    asked = Request(id="a", prompt_ids=engine.encode(task.prompt, "<answer>"), seeds=tuple(range(4000)))
    made: Sequence[Completion] = list(engine.generate([asked], Sampling(max_tokens=3, stop=("</answer>",))))
    texts = [one.text for one in made]
    common = max(sorted(set(texts)), key=texts.count)
    assert common.endswith("</answer>")
    (told,) = readings([msgspec.structs.replace(task, answer=common[:-9])], engine, "<answer>").values()
    share = texts.count(common) / len(texts)
    assert 1 / (1 + math.exp(-told)) == pytest.approx(share, abs=4 * math.sqrt(share / len(texts)))


def test_certainty_is_finite() -> None:
    from filters.predictor.reading import _log_odds

    assert _log_odds(0.0) == pytest.approx(math.log(1e6))
    assert _log_odds(math.log(0.5)) == pytest.approx(0.0)
    assert _log_odds(-40.0) == pytest.approx(-40.0)


def test_a_predictor_learns_what_readings_are_worth(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Pass rates that nothing else tells: luck of each task, which the reading sees through some noise."""
    tasks = sums(0, 900)
    luck = {task.id: generator(5, "luck", task.id).gauss(-1, 1.5) for task in tasks}
    seen = {task.id: luck[task.id] + generator(5, "noise", task.id).gauss(0, 0.3) for task in tasks}
    rates = {key: 1 / (1 + math.exp(-value)) for key, value in luck.items()}
    rng = np.random.default_rng(5)
    half = len(tasks) // 2
    difficulties = [
        difficulty_of(
            task.id,
            "m",
            "r",
            Tally(wins := int(rng.binomial(16, rates[task.id])), 16 - wins),
            DifficultyConfig(),
            JEFFREYS,
        )
        for task in tasks[:half]
    ]
    config = PredictorConfig()
    told = fitted(tasks[:half], difficulties, config, 1, seen)
    blind = fitted(tasks[:half], difficulties, config, 1)
    left = tasks[half:]
    truth = np.array([rates[task.id] for task in left])
    by_reading = np.array([each.mean for each in told.predict(left, seen)])
    by_features = np.array([each.mean for each in blind.predict(left)])
    assert np.corrcoef(by_reading, truth)[0, 1] > 0.9 > 0.3 > np.corrcoef(by_features, truth)[0, 1]
    assert np.mean([each.spread for each in told.predict(left, seen)]) < 0.6
    best = np.argsort([-each.chance for each in told.predict(left, seen)])[:50]
    assert np.mean((truth[best] >= 0.2) & (truth[best] <= 0.8)) > 0.9

    path = tmp_path_factory.mktemp("predictor") / "predictor.safetensors"
    save_predictor(told, path)
    assert load_predictor(path).predict(left, seen) == told.predict(left, seen)
    with pytest.raises(PredictorError, match="fitted with readings"):
        told.predict(left)
