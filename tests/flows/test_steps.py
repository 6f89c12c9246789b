"""`taskmill steps` on a run of a small model: searched, killed, gone on with, labelled, read by the columns of TRL."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import datasets
import pytest
from rich.console import Console

from flows import steps
from flows.config import RunConfig
from flows.rollout import weights_of
from flows.search_model import spent_on
from flows.searched import ShardFound, steps_table
from flows.steps import StepsConfig, search_run, search_tasks
from generators.preferences.search import rounds
from generators.preferences.search.answering import SearchError
from generators.verify import verify
from pipeline.config import checked
from pipeline.engines.config import ModelConfig
from pipeline.store import Run, Stage, StoreError, load_run, open_run
from schemas import Agreement, Continuation, PreferencePair, Rollout, StepLabels, Task
from tests.trainer.conftest import a_run as a_run
from tests.trainer.conftest import bare_tasks
from trainer import tiny
from trainer.config import TrainConfig
from trainer.prm.model import PrmError, new_prm, save_prm

ROOT = Path(__file__).parents[2]
TASKS = bare_tasks(8)
SEARCH = {
    "mixed": False,
    "omega": {"rollouts": 6, "searches": 3},
    "mcts": {"iterations": 3},
    "beam": {"width": 2, "branch": 3, "depth": 4},
    "steps": {"marks": list("0123456789")},
    "sampling": {"max_tokens": 6, "prefill": tiny.OPEN, "stop": [tiny.CLOSE]},
}


@pytest.fixture
def run(tmp_path: Path, a_run: Callable[..., TrainConfig]) -> Run:
    model = str(a_run("unused").model)
    source = {"family": "arithmetic.reversed_addition", "count": 8, "levels": [2]}
    config = {"name": "r", "tasks": {"sources": [source]}, "model": {"name": model, "threads": 1}}
    opened = open_run(str(tmp_path / "run"), config=config, seed=0)
    unique = opened.stage("unique", Task, count=2, key="k")
    rollouts = opened.stage("rollouts", Rollout, count=2, key="k")
    for shard in range(2):
        unique.write(shard, TASKS[shard * 4 : shard * 4 + 4])
        rollouts.write(shard, [])
    unique.seal()
    rollouts.seal()
    return opened


def config_of(**values: Any) -> StepsConfig:
    return checked(SEARCH | values, StepsConfig)


@pytest.mark.parametrize("method", ["omega", "mcts", "beam"])
def test_labels_say_what_the_verifier_says_of_the_whole_texts(run: Run, method: str) -> None:
    searched = search_tasks(run, config_of(method=method))
    by_id = {task.id: task for task in TASKS}
    rows = list(searched.labels.records())
    judged = [each for each in searched.continuations.records() if each.ended]
    assert judged
    checked_rows = 0
    for row in rows:
        text = "".join(row.completions)
        assert text.startswith(tiny.OPEN)
        if row.score is not None:
            assert row.score == verify(by_id[row.task_id], text).score
            checked_rows += 1
        assert len({len(row.completions), len(row.labels), len(row.values), len(row.visits), len(row.successes)}) == 1
    assert checked_rows or method == "omega"  # which keeps nothing where a random model is never right


def test_a_second_call_samples_nothing_and_changes_no_byte(run: Run) -> None:
    first = search_tasks(run, config_of())
    before = [info.sha256 for stage in first for info in stage.shards()]
    again = search_tasks(run, config_of())
    assert [info.sha256 for stage in again for info in stage.shards()] == before
    assert again.continuations.url == first.continuations.url


def test_a_task_whose_verifiers_disagree_teaches_no_step_and_nothing_is_sampled_again_for_that(run: Run) -> None:
    config = config_of(method="mcts")
    before = search_tasks(run, config)
    told = {row.task_id for row in before.labels.records()}
    doubted = min(told)
    stage = run.stage("agreement", Agreement, count=1, key="k")
    doubt = Agreement(
        task_id=doubted,
        family="arithmetic.reversed_addition",
        level=2,
        outcome="disagree",
        rollouts=4,
        checked_twice=4,
        conflicts=1,
        majority=0.5,
        consensus=False,
        detail="",
    )
    stage.write(0, [doubt])
    stage.seal()
    after = search_tasks(run, config)
    assert {row.task_id for row in after.labels.records()} == told - {doubted}
    assert after.continuations.key == before.continuations.key


def test_another_context_is_another_search_since_it_cuts_responses_off_elsewhere(run: Run) -> None:
    model = checked(run.config, RunConfig).model
    assert model is not None
    short, long = (ModelConfig(name=model.name, engine="vllm", context=context) for context in (40, 60))
    assert weights_of(short) != weights_of(long)


def test_mixed_tasks_can_not_be_told_before_the_run_has_said_how_often_they_were_solved(run: Run) -> None:
    with pytest.raises(StoreError, match="mixed=false"):
        search_tasks(run, config_of(mixed=True))


def test_paths_that_fill_the_models_context_end_there(run: Run) -> None:
    sampling = {"max_tokens": 400, "prefill": tiny.OPEN}
    searched = search_tasks(
        run, config_of(method="beam", sampling=sampling, beam={"width": 1, "branch": 2, "depth": 30})
    )
    longest = max(each.path_tokens + len(each.token_ids) for each in searched.continuations.records())
    assert 30 < longest < 64  # which is what the model reads, the prompt among it
    assert all(each.score is None for each in searched.continuations.records() if not each.ended)


def test_what_a_search_has_spent_is_told_from_what_is_stored(run: Run) -> None:
    config = config_of(method="mcts")
    made = search_tasks(run, config)
    model, tasks = checked(run.config, RunConfig).model, run.sealed("unique", Task)
    assert model is not None
    assert tasks is not None
    assert config.sampling is not None
    spent = spent_on(tasks, made.continuations, model, config.sampling)
    stored = list(made.continuations.records())
    assert spent.completion == sum(len(each.token_ids) for each in stored) > 0
    with_prompts = spent.prompt - sum(each.path_tokens for each in stored)
    assert with_prompts > len(stored) * len(tiny.OPEN) / 2


def test_a_server_that_is_asked_in_messages_is_refused(run: Run) -> None:
    with pytest.raises(SearchError, match=r"set model\.tokenizer"):
        search_tasks(run, config_of(model={"name": "m", "engine": "server", "url": "http://127.0.0.1:9/v1"}))


KILLED = """
import os, signal, sys
from pipeline.store.journal import Journal
kept, left = Journal.append, [int(sys.argv[2])]
def append(self, rows):
    kept(self, rows)
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
Journal.append = append
from flows.steps import search_run
search_run(sys.argv[1], sys.argv[3:])
"""


@pytest.mark.slow
def test_a_killed_search_pays_for_nothing_twice(run: Run, tmp_path: Path) -> None:
    sets = ["mixed=false", "omega={rollouts: 16, searches: 6}", f"steps.marks={list('0123456789')}"]
    sets += [f"sampling={{max_tokens: 6, prefill: {tiny.OPEN}, stop: [{tiny.CLOSE}]}}"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    kept: set[Any] = set()
    for batches in (1, 1):
        command = [sys.executable, "-c", KILLED, run.url, str(batches), *sets]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == -signal.SIGKILL, done.stderr
        [stage] = Path(run.url.removeprefix("file://"), "continuations").glob("*")
        paid = datasets.load_dataset(
            "parquet", data_files=f"{stage}/_journal/*/*.parquet", split="train", cache_dir=str(tmp_path / str(batches))
        )
        kept |= set(zip(paid["task_id"], paid["ask"], paid["sample"], strict=True))
    search_run(run.url, sets)
    made = load_run(run.url).sealed("continuations", Continuation)
    assert made is not None
    counts = Counter((each.task_id, each.ask, each.sample) for each in made.records())
    assert set(counts.values()) == {1}
    assert kept <= counts.keys()


def test_the_shards_have_the_columns_that_trl_reads(run: Run, tmp_path: Path) -> None:
    searched = search_tasks(run, config_of(method="mcts"))
    files = [searched.labels.path(info.shard) for info in searched.labels.shards() if info.rows]
    rows = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert {"prompt", "completions", "labels"} <= set(rows.column_names)
    assert all(len(row["completions"]) == len(row["labels"]) for row in rows)
    assert searched.labels.record is StepLabels
    assert searched.pairs.record is PreferencePair


def test_the_table_says_how_labels_agree_with_exact_ones(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    sets = ["mixed=false", "method=mcts", "mcts.iterations=3", f"steps.marks={list('0123456789')}"]
    search_run(run.url, [*sets, f"sampling={{max_tokens: 6, prefill: {tiny.OPEN}, stop: [{tiny.CLOSE}]}}"])
    assert "none before an answer can be read" in capsys.readouterr().out  # digits of a sum are no equations
    first = ShardFound(1, 4, 40, 2, 5, 1, 3, 1, [True] * 5 + [False], [True, True, None, False, True, False])
    second = ShardFound(1, 4, 40, 2, 5, 1, 3, 1, [True, False, False], [True, False, None])
    Console(width=200).print(steps_table([first, second], "mcts"))
    assert "86% of 7 before an answer" in capsys.readouterr().out


def test_a_call_tells_of_every_shard_once_whether_it_was_there_or_not(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh, again = list[ShardFound](), list[ShardFound]()
    search_tasks(run, config_of(method="mcts"), fresh.append)
    read = list[tuple[str, int]]()
    of_stage = Stage.read

    def noted(stage: Stage[Any], shard: int) -> Any:
        read.append((stage.name, shard))
        return of_stage(stage, shard)

    monkeypatch.setattr(Stage, "read", noted)
    search_tasks(run, config_of(method="mcts"), again.append)
    assert again == fresh
    assert sum(each.continuations for each in fresh) > 0
    assert sorted(read) == sorted((name, shard) for name in ("unique", "steps", "continuations") for shard in range(2))


def test_the_trees_of_several_shards_grow_together_unless_each_has_a_budget(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown = list[int]()

    def noted(tasks: Sequence[Task], *rest: Any) -> Any:
        grown.append(len(tasks))
        return rounds.grown(tasks, *rest)

    monkeypatch.setattr(steps, "grown", noted)
    together = search_tasks(run, config_of())
    assert grown == [8]
    alone = search_tasks(run, config_of(max_tokens=10_000))
    assert grown == [8, 4, 4]
    assert list(together.labels.records()) == list(alone.labels.records())
    assert list(together.continuations.records()) == list(alone.continuations.records())


def test_a_process_reward_model_leads_a_search_only_where_it_reads_the_same_tokens(run: Run, tmp_path: Path) -> None:
    model = checked(run.config, RunConfig).model
    assert model is not None
    prm = new_prm(model.name)
    save_prm(prm, tmp_path / "prm", with_base=True)
    searched = search_tasks(run, config_of(method="rest", prm=str(tmp_path / "prm"), rest={"iterations": 2}))
    assert {each.kind for each in searched.continuations.records()} == {"step", "value"}
    prm.tokenizer.add_tokens(["another"])
    save_prm(prm, tmp_path / "other", with_base=True)
    with pytest.raises(PrmError, match="other tokens"):
        search_tasks(run, config_of(method="rest", prm=str(tmp_path / "other")))
