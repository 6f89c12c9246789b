"""`taskmill pairs` on a run whose rollouts were written by hand, and its shards as TRL reads them."""

from pathlib import Path
from typing import Any

import datasets
import msgspec
import pytest
import torch
from transformers import LlamaForCausalLM

from flows.pairs import PreferencesConfig, make_pairs, pair_run, pairs_table
from generators.family import make_task
from generators.preferences.search.estimate import Estimate
from generators.preferences.search.labels import Source, step_pairs
from generators.preferences.steps import StepConfig, step_ends
from generators.preferences.suspect import SIGNALS, PeersConfig, VotesConfig
from generators.registry import family_named
from generators.verify import verify
from pipeline.config import ConfigError, checked
from pipeline.store import Run, StoreError, open_run
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Agreement, PreferencePair, Rollout, Task
from tests.generators.preferences.responses import response
from tests.generators.preferences.scripted import decode, encoded
from tests.trainer.conftest import grain
from trainer import tiny
from trainer.prm.model import new_prm, save_prm

CONFIG = {"name": "r", "tasks": {"sources": [{"family": "arithmetic.chain", "count": 6, "levels": [1]}]}}
TASKS = [make_task(family_named("arithmetic.chain"), level=1, seed=0, index=index) for index in range(6)]


def answered(task: Task, revision: str) -> list[Rollout]:
    """Two right responses, of which one is long-winded, and two wrong ones."""
    texts = [
        (f"<answer>{task.answer}</answer>", 3),
        (f"so it is <answer>{task.answer}</answer>", 13),
        (f"<answer>{task.answer}1</answer>", 4),
        (f"I think <answer>no</answer> {revision}", 12),
    ]
    made = []
    for sample, (text, tokens) in enumerate(texts):
        verdict = verify(task, text)
        made.append(
            response(
                task_id=task.id,
                sample=sample,
                revision=revision,
                text=text,
                completion_tokens=tokens,
                mean_logprob=-0.1 if verdict.score == 1.0 else -0.9,
                score=verdict.score,
                reason=verdict.reason,
                extracted=verdict.extracted,
            )
        )
    return made


def misjudged(rollout: Rollout) -> Rollout:
    """The opposite verdict."""
    right = rollout.score == 1.0
    return msgspec.structs.replace(rollout, score=float(not right), reason="wrong" if right else "correct")


def a_run(folder: Path, revision: str = "new", planted: Task | None = None) -> Run:
    run = open_run(str(folder), config=CONFIG, seed=0)
    unique = run.stage("unique", Task, count=2, key="k")
    rollouts = run.stage("rollouts", Rollout, count=2, key="k")
    for shard in range(2):
        own = TASKS[shard * 3 : shard * 3 + 3]
        unique.write(shard, own)
        made = [rollout for task in own for rollout in answered(task, revision)]
        wrong = None if planted is None else planted.id
        rollouts.write(shard, [misjudged(each) if each.task_id == wrong else each for each in made])
    unique.seal()
    rollouts.seal()
    return run


def config_of(**values: Any) -> PreferencesConfig:
    return checked(values, PreferencesConfig)


def test_every_chosen_text_is_right_and_every_rejected_one_wrong(tmp_path: Path) -> None:
    made = make_pairs(a_run(tmp_path / "run"), config_of())
    by_id = {task.id: task for task in TASKS}
    pairs = list(made.pairs.records())
    assert len(pairs) == 12
    for pair in pairs:
        assert verify(by_id[pair.task_id], pair.chosen[-1].content).score == 1.0
        assert verify(by_id[pair.task_id], pair.rejected[-1].content).score == 0.0
    assert {trace.sample for trace in made.traces.records()} == {0, 1}


def test_the_same_call_makes_nothing_again_and_another_config_makes_other_shards(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run")
    before = [info.sha256 for info in make_pairs(run, config_of()).pairs.shards()]
    assert [info.sha256 for info in make_pairs(run, config_of()).pairs.shards()] == before
    changed = make_pairs(run, config_of(pairs={"per_task": 1, "balance": None}))
    assert sum(info.rows for info in changed.pairs.shards()) == 6
    assert changed.pairs.ignored()


def test_a_task_whose_verifiers_disagree_makes_nothing(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run")
    stage = run.stage("agreement", Agreement, count=1, key="k")
    doubt = Agreement(
        task_id=TASKS[0].id,
        family="arithmetic.chain",
        level=1,
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
    made = make_pairs(run, config_of())
    told = {each.task_id for stage in (made.traces, made.pairs) for each in stage.records()}
    assert told == {task.id for task in TASKS[1:]}


def test_an_older_run_gives_the_rejected_side(tmp_path: Path) -> None:
    a_run(tmp_path / "old", revision="old")
    made = make_pairs(a_run(tmp_path / "new"), config_of(older=str(tmp_path / "old")))
    temporal = [pair for pair in made.pairs.records() if pair.kind == "temporal"]
    assert len(temporal) == 12
    assert {(pair.chosen_revision, pair.rejected_revision) for pair in temporal} == {("new", "old")}


def test_a_run_is_not_its_own_older_one(tmp_path: Path) -> None:
    run = a_run(tmp_path / "run")
    with pytest.raises(StoreError, match="an older model"):
        make_pairs(run, config_of(older=str(tmp_path / "run")))


def test_another_run_of_the_same_model_is_no_older_one(tmp_path: Path) -> None:
    a_run(tmp_path / "again")
    with pytest.raises(StoreError, match="an older model's run"):
        make_pairs(a_run(tmp_path / "run"), config_of(older=str(tmp_path / "again")))


def test_telling_lengths_are_left_out_and_kept_apart(tmp_path: Path) -> None:
    made = make_pairs(a_run(tmp_path / "run"), config_of(pairs={"per_task": 1, "balance": 0.0}))
    assert [info.rows for info in made.pairs.shards()] == [0, 0]
    assert sum(info.rows for info in made.left_out.shards()) == 6


def test_labels_that_may_be_wrong_are_left_out_with_the_reason_and_told_of(tmp_path: Path) -> None:
    """One task's verdicts are the other way round; its right answers are those that its other responses give too."""
    run = a_run(tmp_path / "run", planted=TASKS[4])
    plain = make_pairs(run, config_of(pairs={"per_task": 1, "balance": None}))
    assert TASKS[4].id in {pair.task_id for pair in plain.pairs.records()}
    assert {pair.strength for pair in plain.pairs.records()} == {1.0}
    noise = {"by": "votes", "judges": ["majority", "likelihood"]}
    made = make_pairs(run, config_of(pairs={"per_task": 1, "balance": None}, noise=noise))
    [left_out] = made.left_out.records()
    assert (left_out.task_id, left_out.cause) == (TASKS[4].id, "outvoted")
    assert left_out.strength < 0.5 < min(pair.strength for pair in made.pairs.records())
    assert "left out: 1 that most judges see the other way round" in str(pairs_table(made).caption)


def test_how_labels_are_doubted_can_be_said_on_the_command_line() -> None:
    votes = checked({}, PreferencesConfig, ["noise={by: votes}"]).noise
    assert isinstance(votes, VotesConfig)
    assert votes.judges == list(SIGNALS)
    review = checked({}, PreferencesConfig, ["noise={by: review, noise: 0.2}"]).noise
    assert isinstance(review, PeersConfig)
    with pytest.raises(ConfigError, match="noise"):
        checked({}, PreferencesConfig, ["noise={by: review}"])


def test_a_process_reward_model_is_a_judge_and_other_weights_make_other_shards(tmp_path: Path) -> None:
    grain(dtype=torch.float32).save_pretrained(tmp_path / "model")
    tiny.tokenizer().save_pretrained(tmp_path / "model")
    prm = new_prm(str(tmp_path / "model"))
    torch.nn.init.normal_(prm.head.weight, generator=torch.Generator().manual_seed(0))
    run = a_run(tmp_path / "run")
    config = config_of(noise={"by": "votes", "judges": [str(tmp_path / "prm")]}, pairs={"balance": None})
    made = []
    for _ in range(2):
        save_prm(prm, tmp_path / "prm", with_base=False)
        made.append(make_pairs(run, config))
        prm.head.weight.data.neg_()
    one, other = (
        {
            (pair.task_id, pair.rejected_sample): pair.strength
            for pair in [*each.pairs.records(), *each.left_out.records()]
        }
        for each in made
    )
    assert one.keys() == other.keys()
    assert all(one[key] + other[key] == 1.0 for key in one)
    assert made[0].pairs.url != made[1].pairs.url


def test_a_run_without_rollouts_and_an_unknown_key_are_told_what_to_do(tmp_path: Path) -> None:
    open_run(str(tmp_path / "empty"), config=CONFIG, seed=0)
    with pytest.raises(StoreError, match="`taskmill run` its config first"):
        pair_run(str(tmp_path / "empty"), [])
    with pytest.raises(ConfigError, match="did you mean balance"):
        pair_run(str(tmp_path / "empty"), ["pairs.balanse=1"])


@pytest.mark.slow
def test_trl_takes_a_dpo_step_on_the_shards_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_pairs(a_run(tmp_path / "run"), config_of())
    assert loss_of_a_dpo_step([made.pairs.path(info.shard) for info in made.pairs.shards()], tmp_path, monkeypatch) > 0


@pytest.mark.slow
def test_trl_takes_a_dpo_step_on_step_pairs_and_reads_but_one_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = [
        Estimate(path=encoded(f"1+2\n{way}\n"), successes=right, visits=8) for way, right in {"=3": 8, "=4": 0}.items()
    ]
    pairs = [
        pair
        for task in TASKS
        for pair in step_pairs(
            tried, Source(task, "m", "r", decode), lambda path: step_ends(path, decode, StepConfig())
        )
    ]
    assert all([message.role for message in pair.prompt + pair.chosen] == ["user", "assistant"] for pair in pairs)
    write_whole(str(tmp_path / "pairs.parquet"), shard_bytes(pairs, PreferencePair)[0])
    assert loss_of_a_dpo_step([str(tmp_path / "pairs.parquet")], tmp_path, monkeypatch) > 0


def loss_of_a_dpo_step(files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    from trl import DPOConfig, DPOTrainer

    rows = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    signs = tiny.tokenizer()
    signs.chat_template = "{% for message in messages %}{{ message['content'][-12:] }}{% endfor %}"
    config = DPOConfig(
        output_dir=str(tmp_path / "dpo"),
        max_steps=1,
        per_device_train_batch_size=4,
        report_to=[],
        use_cpu=True,
        bf16=False,
        save_strategy="no",
    )
    grain(dtype=torch.float32).save_pretrained(tmp_path / "model")
    model = LlamaForCausalLM.from_pretrained(tmp_path / "model")
    trainer = DPOTrainer(model=model, args=config, train_dataset=rows, processing_class=signs)
    return float(trainer.train().training_loss)
