"""What a process reward model chooses: the best where it knows, chance where it does not, and all of it on record."""

from pathlib import Path
from random import Random

import msgspec
import pytest
import torch

from flows.chosen import Choices, choices_among, choices_of
from flows.cli import app, exit_code
from generators.preferences.steps import StepConfig
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Rollout, Task
from tests.generators.preferences.responses import TASK, response
from trainer import tiny
from trainer.prm.model import ProcessRewardModel, new_prm, save_prm

Values = list[list[float]]


def answers(*given: str) -> list[Rollout]:
    """Responses with these answers, of which "r" is right."""
    return [
        response(sample=n, text=f"a\nb\n{each}", extracted=each or None, score=float(each == "r"))
        for n, each in enumerate(given)
    ]


def told(choices: Choices) -> dict[str, float]:
    return {f"{each.way} {each.by}".strip(): each.right for each in choices.ways}


def test_a_model_that_knows_finds_what_is_right_and_one_that_lies_never_does() -> None:
    groups = [answers("r", "w", "w", "v"), answers("w", "w", "r", "r"), answers("w", "v", "w", "w")]
    knows: list[Values] = [[[0.9, 0.9] if each.score else [0.9, 0.1] for each in own] for own in groups]
    lies: list[Values] = [[[0.9, 0.1] if each.score else [0.9, 0.9] for each in own] for own in groups]
    wise, liar = (choices_among(list(zip(groups, values, strict=True))) for values in (knows, lies))
    for by in ("last", "least", "product"):
        assert told(wise)[f"best {by}"] == told(wise)[f"weighted vote {by}"] == pytest.approx(2 / 3)
        assert told(liar)[f"best {by}"] == 0.0
    assert told(wise)["single"] == told(liar)["single"] == pytest.approx((1 / 4 + 2 / 4) / 3)
    assert told(wise)["vote"] == pytest.approx(0.5 / 3)
    assert (wise.above, liar.above) == (1.0, 0.0)


def test_a_model_without_opinion_votes_as_all_do_and_tells_nothing_apart() -> None:
    rng = Random(0)
    groups = [answers(*rng.choices(["r", "w", "v", ""], k=7)) for _ in range(40)]
    found = choices_among([(own, [[0.5, 0.5]] * len(own)) for own in groups])
    assert found.above == 0.5
    assert told(found)["weighted vote last"] == pytest.approx(told(found)["vote"], abs=0.15)  # but for ties
    for each in found.ways:
        assert each.low is not None
        assert each.high is not None
        assert 0 <= each.low <= each.right <= each.high <= 1


@pytest.fixture
def prm(tmp_path: Path) -> ProcessRewardModel:
    """A model that has learnt nothing, with a head that says anything."""
    signs = tiny.tokenizer()
    tiny.model(0, len(signs)).save_pretrained(tmp_path / "model")
    signs.save_pretrained(tmp_path / "model")
    made = new_prm(str(tmp_path / "model"))
    torch.nn.init.normal_(made.head.weight, generator=torch.Generator().manual_seed(0))
    return made


def test_one_response_a_task_leaves_no_choice_and_no_verdict_no_response(prm: ProcessRewardModel) -> None:
    undecided = msgspec.structs.replace(answers("r")[0], sample=1, score=None)
    found = choices_of([TASK], [*answers("r"), undecided], prm, StepConfig())
    assert (found.tasks, found.samples, found.above) == (1, 1, None)
    assert set(told(found).values()) == {1.0}
    assert choices_of([TASK], [undecided], prm, StepConfig()).tasks == 0


def test_an_evaluation_says_what_a_model_would_choose_and_samples_nothing_for_it(
    tmp_path: Path, prm: ProcessRewardModel, capsys: pytest.CaptureFixture[str]
) -> None:
    save_prm(prm, tmp_path / "prm", with_base=True)
    write_whole(str(tmp_path / "tasks.parquet"), shard_bytes(tiny.problems(0)[1][:20], Task)[0])
    given = ["eval", str(tmp_path / "model"), str(tmp_path / "tasks.parquet"), "-n", "3", "--max-tokens", "5"]
    given += ["--output", str(tmp_path / "eval")]
    assert exit_code(lambda: app(given, standalone_mode=False)) == 0
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "eval").rglob("*.parquet")}
    assert exit_code(lambda: app([*given, "--prm", str(tmp_path / "prm")], standalone_mode=False)) == 0
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "eval").rglob("*.parquet")} == before
    assert "held_out, chosen among 60 responses to 20 tasks" in capsys.readouterr().out
    stored = msgspec.json.decode((tmp_path / "eval/choices.json").read_bytes(), type=dict[str, Choices])
    assert [each.way for each in stored["held_out"].ways] == ["single", "vote"] + ["best"] * 3 + ["weighted vote"] * 3
    assert exit_code(lambda: app([*given, "--prm", str(tmp_path)], standalone_mode=False)) == 1
    assert "holds no process reward model" in capsys.readouterr().err
