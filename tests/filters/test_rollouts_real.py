"""The rollout pass on a real language model, killed and resumed."""

import pytest

from filters.config import DifficultyConfig
from filters.rollouts import difficulties, roll_out
from generators.family import make_task
from generators.registry import family_named
from pipeline.engines import open_engine
from pipeline.engines.protocol import Sampling
from schemas import Rollout

pytestmark = pytest.mark.slow


def test_a_real_pass_resumes_with_the_same_rollouts() -> None:
    """Six one-digit sums for SmolLM2-135M: the second half, made after a kill, is that of an undisturbed pass."""
    engine = open_engine("transformers", "smollm2-135m")
    family = family_named("arithmetic.chain")
    tasks = [make_task(family, level=1, seed=1, index=index) for index in range(6)]
    config = DifficultyConfig(cap=8, prior="jeffreys")
    sampling = Sampling(max_tokens=12, temperature=0.7)

    def rolled(done: list[Rollout]) -> list[Rollout]:
        new = roll_out(tasks, engine, sampling, config, 7, prefill="<answer>", done=done)
        return sorted([*done, *(each for batch in new for each in batch)], key=lambda each: (each.task_id, each.sample))

    try:
        whole = rolled([])
        resumed = rolled(whole[::2])
    finally:
        engine.close()
    for one, other in zip(whole, resumed, strict=True):
        assert (one.task_id, one.sample, one.seed) == (other.task_id, other.sample, other.seed)
        assert (one.token_ids, one.text, one.score) == (other.token_ids, other.text, other.score)
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-3)
    model, revision = engine.model, engine.revision
    graded = difficulties(tasks, resumed, config, model, revision)
    assert graded == difficulties(tasks, whole, config, model, revision)
    assert all(4 <= each.samples <= 8 for each in graded)
    assert sum(each.failed_checks for each in graded) == 0
