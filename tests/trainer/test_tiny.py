"""The tiny model: what it reads and writes, that its making is the same each time, and that training teaches it."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM, AutoTokenizer

from generators.verify import verify
from pipeline.config import load_config
from pipeline.engines.transformers import TransformersEngine
from pipeline.store import read_shards
from schemas import Rollout, Task
from trainer import tiny
from trainer.config import TrainConfig
from trainer.loop import train
from trainer.record import read_metrics

RECIPE = Path(__file__).parents[2] / "configs" / "tiny.yaml"


def test_it_reads_the_bare_problem_and_writes_an_answer_that_the_verifier_reads(
    some_tasks: Callable[..., list[Task]],
) -> None:
    signs = tiny.tokenizer()
    engine = TransformersEngine(tiny.model(0, len(signs)), signs, name="tiny", revision="0")
    task = some_tasks(1)[0]
    question = task.prompt[0].content.partition("\n")[0]
    prompt_ids = engine.encode(task.prompt, tiny.OPEN)
    assert signs.decode(prompt_ids) == question + tiny.OPEN
    assert len(prompt_ids) == len(question) + 1
    answer_ids = signs(task.answer + tiny.CLOSE, add_special_tokens=False)["input_ids"]
    assert len(answer_ids) == len(task.answer) + 1
    assert verify(task, tiny.OPEN + signs.decode(answer_ids)).reason == "correct"


def test_no_held_out_problem_is_trained_on_and_both_sides_are_large() -> None:
    training, held_out = tiny.problems(seed=0)
    assert not {task.canonical for task in training} & {task.canonical for task in held_out}
    assert len(training) > 3000
    assert len(held_out) > 300


def test_it_is_made_the_same_each_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiny, "MOST_STEPS", 3)
    monkeypatch.setattr(tiny, "HABIT_STEPS", 2)

    def made(name: str, seed: int) -> list[str]:
        tiny.build(tmp_path / name, seed)
        files = sorted(path for path in (tmp_path / name).rglob("*") if path.suffix in {".parquet", ".safetensors"})
        return [sha256(path.read_bytes()).hexdigest() for path in files]

    first = made("first", 0)
    assert len(first) == 3
    assert made("again", 0) == first
    assert not set(made("other", 1)) & set(first)


@pytest.mark.slow
def test_training_takes_it_from_under_three_tenths_to_over_seven(tmp_path: Path) -> None:
    """The bundled recipe, 50 of its 75 steps; accuracy is of one sample a problem, on problems never trained on."""
    tiny.build(tmp_path)
    config = load_config(
        RECIPE,
        TrainConfig,
        [
            f"model={tmp_path}/model",
            f"shards=[{tmp_path}/train.parquet]",
            f"evaluation.shards=[{tmp_path}/held_out.parquet]",
            f"output={tmp_path}/run",
            "steps=50",
        ],
    )
    summary = train(config)
    before, *_, after = summary.evaluations
    assert (before.step, after.step) == (0, 50)
    assert before.accuracy is not None
    assert after.accuracy is not None
    assert before.accuracy < 0.3
    assert after.accuracy >= 0.7

    metrics = read_metrics(tmp_path / "run")
    assert all(line.outcome == "updated" and line.undecided == 0 for line in metrics)
    assert max(line.sampler_gap_max or 0.0 for line in metrics) < 1e-4

    held_out = {task.id for task in read_shards(str(tmp_path / "held_out.parquet"), Task)}
    assert not held_out & {rollout.task_id for rollout in read_shards(str(tmp_path / "run" / "rollouts"), Rollout)}
    model = AutoModelForCausalLM.from_pretrained(summary.model)
    assert 500_000 < sum(parameter.numel() for parameter in model.parameters()) < 600_000
    assert AutoTokenizer.from_pretrained(summary.model).chat_template == tiny.tokenizer().chat_template
