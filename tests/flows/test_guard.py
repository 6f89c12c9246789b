"""`taskmill guard`: a judge is measured, what was found is kept, and one that is fooled fails the command."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.cli import app, exit_code
from flows.guard import GuardConfig
from pipeline.config import ConfigError, checked
from rubrics.guards.attacks import SUITE
from rubrics.guards.kept import GuardError, kept_in
from trainer import tiny

CONFIG: dict[str, Any] = {
    "judge": {"kind": "bleu"},
    "sources": [
        {"family": "arithmetic.chain", "count": 2, "levels": [3]},
        {"family": "strings.word_sorting", "count": 2, "levels": [2]},
    ],
}


def guard(folder: Path, *options: str, **changes: Any) -> int:
    path = folder / "guard.yaml"
    path.write_text(yaml.safe_dump(CONFIG | {"output": str(folder / "guards.json")} | changes))
    return exit_code(lambda: app(["guard", str(path), *options], standalone_mode=False))


def test_a_judge_that_is_fooled_fails_the_command_and_is_kept_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guard(tmp_path, "--set", "threshold=0.2") == 1
    told = capsys.readouterr()
    assert "the judge bleu may not give rewards: it accepts" in told.err
    assert "hedging" in told.out
    (kept,) = kept_in(str(tmp_path / "guards.json"))
    assert (kept.judge, kept.asked, kept.cases, len(kept.attacks)) == ("bleu", "reference", 4, len(SUITE))
    assert sum(each.accepted for each in kept.attacks) > 0


def test_a_judge_that_withstands_may_give_rewards_and_a_forced_one_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = ["--set", "formats=[bare]", "--set", "threshold=1", "--set", "admission.limit=0.2"]
    assert guard(tmp_path, *bare) == 0
    assert "the judge may give rewards" in capsys.readouterr().out
    assert guard(tmp_path, *bare, "--set", "kinds=[opener, injection]") == 1
    assert "it was never tried by symbols, blank" in capsys.readouterr().err
    assert guard(tmp_path, "--set", "admission.force=true", "--set", "threshold=0.2") == 0
    assert "let through all the same: it accepts" in capsys.readouterr().out
    assert len(kept_in(str(tmp_path / "guards.json"))) == 1  # the later one of the same judge, asked the same way


def test_a_model_that_gives_no_verdict_is_undecided_and_no_judge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signs = tiny.tokenizer()
    model = tiny.model(0, len(signs))
    model.config.max_position_embeddings = 4096  # rotary: it reads on, however badly
    model.save_pretrained(tmp_path / "model")
    signs.save_pretrained(tmp_path / "model")
    named = {"name": str(tmp_path / "model"), "threads": 1}
    changes = {"judge": {"kind": "verdict", "model": named, "max_tokens": 8}, "kinds": ["blank"], "formats": ["bare"]}
    assert guard(tmp_path, **changes, sources=CONFIG["sources"][:1]) == 1
    assert "it accepts only 0 of 2 right answers" in capsys.readouterr().err
    (kept,) = kept_in(str(tmp_path / "guards.json"))
    assert [(each.trials, each.undecided) for each in kept.attacks] == [(2, 2)] * 6
    assert kept.tokens > 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sources": []}, "give sources or shards"),
        ({"kinds": ["openers"]}, "did you mean opener"),
        ({"formats": []}, "formats"),
    ],
)
def test_a_config_that_makes_no_sense_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        checked(CONFIG | changes, GuardConfig)


def test_a_file_of_something_else_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(GuardError, match="there is no such file; `taskmill guard` writes it"):
        kept_in(str(tmp_path / "none.json"))
    (tmp_path / "other.json").write_text('{"a": 1}')
    with pytest.raises(GuardError, match=r"other\.json: is not what `taskmill guard` writes"):
        kept_in(str(tmp_path / "other.json"))
