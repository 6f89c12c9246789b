"""A YAML config to curriculum shards and the report: every curriculum key does what it says, end to end."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import yaml

from filters.config import CurriculumConfig
from filters.rollouts import difficulties, roll_out
from flows.config import RunConfig
from flows.curriculum import write_splits
from flows.graded import Graded
from flows.report import report_of
from flows.report_found import found_in
from flows.selection import agreed_on, inputs_of, select_shards, selected_stages
from generators.stream import tasks_of
from generators.verify import verify
from pipeline.config import ConfigError, load_config
from pipeline.engines.config import ModelConfig
from pipeline.store import Run, open_run
from schemas import Agreement, CurriculumRow, Difficulty, LeftOut, Rollout, Split, Task, Verdict, verdict
from tests.filters.scripted import SAMPLING, scripted

CONFIG = """
name: small
seed: 3
tasks:
  sources:
  - {family: arithmetic.chain, count: 60, levels: [2, 3]}
  - {family: strings.word_sorting, count: 60, levels: [1, 2]}
  - {family: logic.knights_knaves, count: 60, levels: [1]}
difficulty: {cap: 8, round_size: 8, prior: jeffreys}
curriculum:
  keep: [too_hard, in_band, too_easy, undecided]
  shares: {train: 0.8, validation: 0.1, test: 0.1}
"""


def config_of(folder: Path, curriculum: str = "") -> RunConfig:
    (folder / "small.yaml").write_text(CONFIG + "".join(f"  {line}\n" for line in curriculum.splitlines()))
    return load_config(folder / "small.yaml", RunConfig, [f"output={folder}"])


def made(
    folder: Path, curriculum: str, rates: Mapping[str, float] | None = None
) -> tuple[Run, dict[Split, list[CurriculumRow]], list[LeftOut]]:
    """A run up to its curriculum, its rollouts by a scripted engine: every tenth task's are cut off.

    Half of a family's answers are right where `rates` does not say otherwise.
    """
    config = config_of(folder, curriculum)
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    tasks = list({task.canonical: task for segment in config.segments() for task in tasks_of(segment)}.values())
    engine = scripted(tasks, [(rates or {}).get(task.family, 0.5) for task in tasks])
    rollouts = [each for batch in roll_out(tasks, engine, SAMPLING, config.difficulty, run.seed) for each in batch]
    cut = {task.id for task in tasks[::10]}
    rollouts = [msgspec.structs.replace(each, finish="length") if each.task_id in cut else each for each in rollouts]
    graded = difficulties(tasks, rollouts, config.difficulty, engine.model, engine.revision)
    stages = [
        run.stage("tasks", Task, count=1, key=0),
        run.stage("unique", Task, count=1, key=0),
        run.stage("rollouts", Rollout, count=1, key=0),
        run.stage("difficulty", Difficulty, count=1, key=0),
    ]
    for stage, rows in zip(stages, (tasks, tasks, rollouts, graded), strict=True):
        stage.write(0, rows)  # type: ignore[attr-defined]
        stage.seal()  # type: ignore[attr-defined]
    _, unique, rolled, measured = stages
    graded_stages = Graded(unique, rolled, measured)  # type: ignore[arg-type]
    selected = selected_stages(run, config, graded_stages)
    agreed = None if config.curriculum.agreement is None else agreed_on(run, config, graded_stages)
    select_shards.fn(config, graded_stages, selected, inputs_of(graded_stages), agreed, lambda *_: None)
    splits = write_splits.fn(run, config, graded_stages, selected)
    left_out = run.sealed("left_out", LeftOut)
    assert left_out is not None
    return run, {split: list(stage.records()) for split, stage in splits.items()}, list(left_out.records())


def test_without_keys_nothing_is_left_out_and_no_split_is_held_out(tmp_path: Path) -> None:
    run, splits, left_out = made(tmp_path, "")
    assert not left_out
    assert not splits["ood"]
    report = report_of(found_in(run))
    assert "ood" not in report.stops[-1].note
    assert not [name for name in report.summary if name.startswith("left out")]


def test_every_key_at_once_is_kept_to_and_reported(tmp_path: Path) -> None:
    run, splits, left_out = made(
        tmp_path,
        "quality: {truncated: 0.5}\n"
        "held_out: {arithmetic.chain: [3]}\n"
        "most_common_answer: 0.3\n"
        "mix: {arithmetic.chain: 0.3, algorithms: 0.4, logic: 0.3}\n"
        "order: learnability",
    )
    train = splits["train"]
    shares = {family: count / len(train) for family, count in Counter(row.family for row in train).items()}
    assert shares == pytest.approx(
        {"arithmetic.chain": 0.3, "strings.word_sorting": 0.4, "logic.knights_knaves": 0.3}, abs=0.01
    )
    assert {(row.family, row.level) for row in splits["ood"]} == {("arithmetic.chain", 3)}
    for family, level in {(row.family, row.level) for row in train}:
        answers = Counter(row.answer for row in train if (row.family, row.level) == (family, level))
        assert max(answers.values()) <= max(0.3, 1 / len(answers)) * answers.total()
    learnable = [row.pass_rate * (1 - row.pass_rate) for row in train]
    assert learnable == sorted(learnable, reverse=True)

    unique = run.sealed("unique", Task)
    assert unique is not None
    placed = [row.id for rows in splits.values() for row in rows] + [each.id for each in left_out]
    assert sorted(placed) == sorted(task.id for task in unique.records())  # each task once, in a split or left out

    report = report_of(found_in(run))
    assert f"{len(splits['ood'])} ood" in report.stops[-1].note
    causes = Counter(each.cause for each in left_out)
    cut, over = report.summary["left out, rollouts cut off"], report.summary["left out, over the mix"]
    assert cut.startswith(f"{causes['truncated']} tasks: arithmetic.chain ")
    assert over.startswith(f"{causes['mix']} tasks: ")


def test_a_mix_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    run, splits, left_out = made(
        tmp_path,
        "quality: {longest: 24}\nmix: {arithmetic.chain: 0.5, logic: 0.5}",
        rates={"logic.knights_knaves": 1.0},
    )
    assert not splits["train"]
    assert {each.cause for each in left_out if each.family == "logic.knights_knaves"} == {"too_long"}
    assert report_of(found_in(run)).summary["left out, over the mix"].endswith("; no choice of them has the shares")


def test_verdicts_are_looked_at_again_where_that_is_asked_for_and_the_report_says_what_was_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").mkdir()
    plain, splits, _ = made(tmp_path / "plain", "sanity: {}")
    assert plain.sealed("agreement", Agreement) is None
    bad = next(row for row in splits["train"] if row.family == "strings.word_sorting")

    def changed(task: Task, response: str) -> Verdict:
        return verdict.wrong("not any more") if task.answer == bad.answer else verify(task, response)

    monkeypatch.setattr("filters.agreement.verify", changed)
    run, splits, left_out = made(tmp_path, "agreement: {checks: require}")
    stage = run.sealed("agreement", Agreement)
    assert stage is not None
    found = {each.task_id: each for each in stage.records()}
    assert len(found) == sum(len(rows) for rows in splits.values()) + len(left_out)
    assert found[bad.id].outcome == "disagree"
    assert bad.id in {each.id for each in left_out if each.cause == "disagreement"}
    summary = report_of(found_in(run)).summary
    assert f" agree, {len(left_out)} disagree, " in summary["verifier agreement"]
    assert summary["left out, verifiers disagree"].startswith(f"{len(left_out)} tasks: strings.word_sorting ")


@pytest.mark.parametrize(
    ("curriculum", "message"),
    [
        ("held_out: {grids.sudoku: []}", "held_out: no source makes 'grids.sudoku'; there are arithmetic.chain, "),
        ("held_out: {arithmetic.chain: [2, 4]}", "held_out: the sources make arithmetic.chain at level 2, 3, not 4"),
        (
            "held_out: {arithmetic.chain: [2, 3], strings.word_sorting: [], logic.knights_knaves: [1]}",
            "held_out: all that the sources make is held out, and nothing is left to train on",
        ),
        ("mix: {arithmetic.chain: 0.5, grids: 0.5}", "mix: no source makes a family or domain 'grids'; there are "),
        (
            "held_out: {logic.knights_knaves: []}\nmix: {algorithms: 0.5, logic: 0.5}",
            "mix: no training task counts to 'logic': held-out ones do not",
        ),
        (
            "mix: {strings.word_sorting: 0.5, algorithms: 0.5}",
            "mix: no training task counts to 'algorithms': held-out ones do not, and a family with a share of its own",
        ),
        ("mix: {arithmetic.chain: 0.5, algorithms: 0.4}", "curriculum.mix: the shares make 0.9 and must make 1"),
        ("most_common_answer: 20", "curriculum.most_common_answer: "),
        ("quality: {truncate: 0.1}", "did you mean truncated?"),
        ("quality: {shortest: 9, longest: 5}", "no length is at least 9 and at most 5 tokens"),
        ("order: learnable", "did you mean learnability?"),
        ("agreement: {checks: requir}", "did you mean require?"),
        ("sanity: {checks: [chater]}", "did you mean chatter?"),
        ("sanity: {language: english}", "curriculum.sanity.language: "),
    ],
)
def test_a_wrong_key_or_value_is_refused_with_its_line_and_a_way_out(
    tmp_path: Path, curriculum: str, message: str
) -> None:
    with pytest.raises(ConfigError) as problem:
        config_of(tmp_path, curriculum)
    assert message in str(problem.value)
    assert "small.yaml:" in str(problem.value)


@pytest.mark.parametrize(
    ("page", "keys"),
    [
        ("schedule.md", {"sanity", "quality", "agreement", "held_out", "most_common_answer", "mix"}),
        ("filters.md", {"agreement", "sanity"}),
    ],
)
def test_the_example_of_a_page_is_a_right_config(page: str, keys: set[str]) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text()
    blocks = map(yaml.safe_load, re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    [example] = [block for block in blocks if "curriculum" in block]
    config = CurriculumConfig.model_validate(example["curriculum"])
    assert config.model_fields_set == keys
    ModelConfig.model_validate(example.get("model", {}))
