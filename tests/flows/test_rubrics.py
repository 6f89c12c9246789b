"""`taskmill rubrics` on a run whose rollouts were written by hand: sound ways, miracle steps, wrong answers."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from flows.pairs import PreferencesConfig, make_pairs
from flows.planted import planted_contrasts
from flows.rubrics import RubricsConfig, Stages, make_rubrics, rubric_run, rubrics_table
from generators.family import make_task
from generators.registry import family_named
from generators.verify import verify
from generators.worked import worked_solution
from pipeline.config import ConfigError, checked
from pipeline.store import Run, Stage, StoreError, open_run
from rubrics.judges.calibrated import save_calibration
from rubrics.judges.calibration import CalibrationConfig, calibration
from rubrics.judges.config import JudgeConfig
from rubrics.judges.opening import open_judge
from rubrics.reward import RubricError, rubric_reward, rubrics_in
from schemas import Rollout, Rubric, Task
from tests.generators.preferences.responses import response
from trainer import tiny

CONFIG = {"name": "r", "tasks": {"sources": [{"family": "arithmetic.chain", "count": 6, "levels": [5]}]}}
TASKS = [make_task(family_named("arithmetic.chain"), level=5, seed=0, index=index) for index in range(6)]


def answered(task: Task) -> list[Rollout]:
    """Two sound ways, and wrong answers without and with a way of sorts."""
    way = "\n".join(worked_solution(task))
    texts = [
        f"{way}\n<answer>{task.answer}</answer>",
        f"Step by step:\n{way}\nSo it is <answer>{task.answer}</answer>",
        f"Easy. <answer>{task.answer}1</answer>",
        "1 + 1 = 3, so I would say <answer>no</answer>",
    ]
    return [graded(task, sample, text) for sample, text in enumerate(texts)]


def graded(task: Task, sample: int, text: str) -> Rollout:
    verdict = verify(task, text)
    told = {"score": verdict.score, "reason": verdict.reason, "extracted": verdict.extracted}
    return response(task_id=task.id, sample=sample, text=text, completion_tokens=len(text) // 4, **told)


def a_run(folder: Path) -> Run:
    run = open_run(str(folder), config=CONFIG, seed=0)
    unique = run.stage("unique", Task, count=2, key="k")
    rollouts = run.stage("rollouts", Rollout, count=2, key="k")
    for shard in range(2):
        own = TASKS[shard * 3 : shard * 3 + 3]
        unique.write(shard, own)
        rollouts.write(shard, [rollout for task in own for rollout in answered(task)])
    for stage in (unique, rollouts):
        stage.seal()
    make_pairs(run, checked({"pairs": {"balance": None}}, PreferencesConfig))
    return run


def config_of(**values: Any) -> RubricsConfig:
    return checked(values, RubricsConfig)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Stages]:
    run = a_run(tmp_path_factory.mktemp("rubrics") / "run")
    return run, make_rubrics(run, config_of())


def test_kept_rubrics_rank_sound_ways_above_wrong_ones(made: tuple[Run, Stages]) -> None:
    _, stages = made
    rubrics = list(stages.rubrics.records())
    assert Counter(each.method for each in rubrics) == {"path": 5, "programs": 6}  # one way tells less than two hops
    assert all(each.discrimination is not None and each.discrimination > 0 for each in rubrics)
    way = {task.id: "\n".join(worked_solution(task)) for task in TASKS}
    scores = list(stages.scores.records())
    assert len(scores) == 4 * len(rubrics)
    sound = [each.score for each in scores if way[each.task_id] in each.response]
    others = [each.score for each in scores if way[each.task_id] not in each.response]
    assert min(score or 0.0 for score in sound) > max(score or 0.0 for score in others)


def test_an_answer_out_of_nowhere_earns_nothing_by_its_way(made: tuple[Run, Stages]) -> None:
    _, stages = made
    shards = [stages.rubrics.path(info.shard) for info in stages.rubrics.shards()]
    reward = rubric_reward(shards)
    task = next(task for task in TASKS if "path" in {each.method for each in rubrics_in(shards)[task.id]})
    sound, miracle = answered(task)[0].text, f"<answer>{task.answer}</answer>"
    prompt = [{"role": message.role, "content": message.content} for message in task.prompt]
    said = [[{"role": "assistant", "content": text}] for text in (sound, miracle)]
    better, worse = reward(prompts=[prompt] * 2, completions=said, id=[task.id] * 2)
    assert better == 1.0
    assert worse is not None
    assert worse < better
    assert reward(prompts=["?"], completions=["!"], id=["unknown"]) == [None]


def test_nothing_is_made_again_and_another_config_makes_other_shards(made: tuple[Run, Stages]) -> None:
    run, stages = made
    before = [info.sha256 for stage in stages for info in stage.shards()]
    assert [info.sha256 for stage in make_rubrics(run, config_of()) for info in stage.shards()] == before
    changed = make_rubrics(run, config_of(make={"methods": ["programs"]}))
    assert all(each.method == "programs" for each in changed.rubrics.records())
    assert changed.rubrics.url != stages.rubrics.url


def test_another_calibration_in_the_same_file_makes_other_shards(made: tuple[Run, Stages], tmp_path: Path) -> None:
    run, _ = made
    signs = tiny.tokenizer()
    tiny.model(0, len(signs)).save_pretrained(tmp_path / "model")
    signs.save_pretrained(tmp_path / "model")
    path = str(tmp_path / "calibration.json")
    asked = {"kind": "verdict", "model": {"name": str(tmp_path / "model")}}
    with open_judge(JudgeConfig.model_validate(asked)) as opened:
        name = opened.name
    judge = {**asked, "calibration": path, "admission": {"force": True}}
    prompts, right = [str(place) for place in range(16)], [True, False] * 8
    urls = []
    for scores in ([0.9, 0.2] * 8, [0.8, 0.3] * 8, [0.8, 0.3] * 8):
        save_calibration(calibration(name, scores, right, prompts, [0] * 16, CalibrationConfig()), path)
        urls.append(make_rubrics(run, config_of(judge=judge)).scores.url)
    assert urls[0] != urls[1] == urls[2]


def test_what_a_model_writes_and_nobody_can_read_is_left_out_and_told(tmp_path: Path) -> None:
    signs = tiny.tokenizer()
    writer = tiny.model(0, len(signs))
    writer.config.max_position_embeddings = 4096
    writer.save_pretrained(tmp_path / "model")
    signs.save_pretrained(tmp_path / "model")
    model = {"name": str(tmp_path / "model"), "threads": 1}
    asking = {"samples": 1, "tries": 1, "max_tokens": 16}
    judge = {"kind": "verdict", "model": model, "admission": {"force": True}}
    config = config_of(make={"methods": ["contrast"], "asking": asking}, model=model, judge=judge)
    stages = make_rubrics(a_run(tmp_path / "run"), config)
    left_out = list(stages.left_out.records())
    assert list(stages.rubrics.records()) == []
    assert {(each.method, each.cause) for each in left_out} == {("contrast", "unread")}


def test_shards_that_are_missing_are_made_as_they_were(made: tuple[Run, Stages], tmp_path: Path) -> None:
    _, stages = made
    again = make_rubrics(a_run(tmp_path / "run"), config_of())
    for before, after in zip(stages, again, strict=True):
        assert [info.sha256 for info in before.shards()] == [info.sha256 for info in after.shards()]


def test_the_table_tells_of_each_method_and_of_what_was_left_out(made: tuple[Run, Stages]) -> None:
    _, stages = made
    right = {(each.task_id, each.text): each.score == 1.0 for task in TASKS for each in answered(task)}
    table = rubrics_table(stages, right)
    assert list(table.columns[0].cells) == sorted({each.method for each in stages.rubrics.records()})
    assert set(table.columns[-1].cells) == {"1.00"}


def test_a_run_without_pairs_and_a_wrong_key_are_told_what_to_do(tmp_path: Path) -> None:
    run = open_run(str(tmp_path / "empty"), config=CONFIG, seed=0)
    for name, record in {"unique": Task, "rollouts": Rollout}.items():
        run.stage(name, record, count=0, key="k").seal()
    with pytest.raises(StoreError, match=r"`taskmill pairs .* --set planted=4"):
        rubric_run(run.url, [])
    with pytest.raises(ConfigError, match="did you mean held_out"):
        rubric_run(run.url, ["make.held_ot=0.1"])
    with pytest.raises(ConfigError, match="name each once"):
        rubric_run(run.url, ["make.methods=[path, path]"])


def test_rewards_need_to_know_whose_rubrics_a_row_is_scored_by(made: tuple[Run, Stages], tmp_path: Path) -> None:
    _, stages = made
    with pytest.raises(RubricError, match="no column task_id or id"):
        rubric_reward([stages.rubrics.path(0)])(prompts=["?"], completions=["!"])
    empty = open_run(str(tmp_path / "none"), config=CONFIG, seed=0).stage("rubrics", Rubric, count=1, key="k")
    empty.write(0, [])
    with pytest.raises(RubricError, match="no rubrics in there"):
        rubric_reward([empty.path(0)])


def test_planted_pairs_need_no_rollouts_and_every_kept_rubric_ranks_its_own_right(tmp_path: Path) -> None:
    run = open_run(str(tmp_path / "planted"), config=CONFIG, seed=0)
    form = [make_task(family_named("instructions.form"), level=2, seed=0, index=index) for index in range(6)]
    quote = [make_task(family_named("instructions.quote"), level=1, seed=0, index=index) for index in range(3)]
    tasks = [*form, *quote, *TASKS[:3]]
    unique = run.stage("unique", Task, count=1, key="k")
    unique.write(0, tasks)
    unique.seal()
    stages = make_rubrics(run, config_of(planted=4))
    rubrics = {(each.task_id, each.method): each for each in stages.rubrics.records()}
    assert {task.id for task in [*form, *quote]} <= {task for task, _ in rubrics}
    chosen = {(each.task_id, each.chosen) for each in planted_contrasts(tasks, 4, 0)}
    by_rubric: dict[str, dict[bool, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in stages.scores.records():
        by_rubric[each.rubric_id][(each.task_id, each.response) in chosen].append(each.score or 0.0)
    for rubric in rubrics.values():
        assert by_rubric[rubric.id][True] == [1.0]
        assert min(by_rubric[rubric.id][False]) < 1.0
        if rubric.task_id in {task.id for task in quote}:  # misquotes are seen beside the notes alone
            assert "quotes_from_source" in {each.checker for each in rubric.criteria}
        assert (rubric.discrimination or 0.0) >= 0  # 0 where the held-out pair breaks a rule that no other breaks


def test_pairs_of_a_run_are_compared_with_what_their_tasks_show(tmp_path: Path) -> None:
    task = make_task(family_named("instructions.quote"), level=1, seed=0, index=0)
    gold, misquote = (f"<answer>{text}</answer>" for text in (task.answer, task.answer.replace('"', '"not ', 1)))
    run = open_run(str(tmp_path / "pairs"), config=CONFIG, seed=0)
    judged = [graded(task, sample, text) for sample, text in enumerate((gold, misquote))]
    for name, record, rows in [("unique", Task, [task]), ("rollouts", Rollout, judged)]:
        stage: Stage[Any] = run.stage(name, record, count=1, key="k")
        stage.write(0, rows)
        stage.seal()
    make_pairs(run, checked({"pairs": {"balance": None}}, PreferencesConfig))
    stages = make_rubrics(run, config_of())
    (rubric,) = stages.rubrics.records()
    assert [each.checker for each in rubric.criteria] == ["quotes_from_source"]
    assert {each.response: each.score for each in stages.scores.records()} == {gold: 1.0, misquote: 0.0}
