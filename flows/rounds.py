"""`taskmill rounds CONFIG`: rounds of tasks, rollouts and training, in which the trained model is the next one's model.

A round is an ordinary run in the loop's folder, so everything that reads a run reads a round. It is done once it stands
in `lineage.json`; a killed loop goes on in the middle of the round that it was in.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec
from prefect import flow

from filters.collapse import warnings_of
from flows.artifacts import show_report
from flows.evaluate import EvalConfig, evaluate_flow
from flows.loop.config import RoundsConfig
from flows.loop.held_out import make_held_out
from flows.loop.lineage import (
    FILE,
    Lineage,
    LineageError,
    Round,
    Shard,
    Weights,
    place_of,
    read_lineage,
    shards_in,
    verified,
    weights_made,
    write_lineage,
)
from flows.loop.pilot import Pilot, piloted, taken_over
from flows.loop.plan import plan_path, planned, run_of, training_output
from flows.loop.report import print_loop
from flows.loop.told import evaluated, evaluation_name, history_of, is_over
from flows.parameters import in_own_words
from flows.run import whole_run
from flows.started import at_prefect
from flows.stopping import stopped_at_once
from flows.train import EmptyCurriculumError
from pipeline.config import load_config
from pipeline.lock import only_one
from pipeline.models import resolve
from pipeline.store import Stage, StoreError, load_run
from pipeline.store.files import LOCK, absolute, remove, sizes, subfolders
from schemas import CurriculumRow, Rollout, Task
from trainer.prm.model import open_prm
from trainer.summary import summary_of

RoundsGiven = Annotated[RoundsConfig, in_own_words(RoundsConfig)]


def rounds_config(path: Path, overrides: Sequence[str], *, fresh: bool) -> None:
    """Goes round as a YAML file of `RoundsConfig` says, then writes and prints the report."""
    config = load_config(path, RoundsConfig, overrides)
    with stopped_at_once(f"taskmill: stopped; `taskmill rounds {path}` goes on from here"):
        at_prefect(rounds_flow)(config, fresh)


@flow(name="taskmill-rounds", flow_run_name="{config.name}")
def rounds_flow(config: RoundsGiven, fresh: bool = False) -> None:
    """Makes tasks, rolls them out and trains on them, round by round, each with the model that the one before made.

    Args:
        config: What a config file of `taskmill rounds` says.
        fresh: Throw away what an earlier loop of that name left.
    """
    with only_one(config.url):
        if fresh:
            _clear(config.url)
        lineage = _begun(config)
        try:
            while len(lineage.rounds) < config.rounds and not is_over(history_of(config.url, lineage), config):
                lineage = _gone_on(config, lineage)
        except EmptyCurriculumError:
            print_loop(config.url)
            raise
        show_report(print_loop(config.url), config.url)


def _begun(config: RoundsConfig) -> Lineage:
    """The loop as it stands, verified, with its held-out tasks and what the first model makes of them."""
    given, name = config.model_dump(mode="json"), config.begun_from.name
    lineage = read_lineage(config.url)
    if lineage is None:
        _refuse_other_things(config.url)
        lineage = Lineage(config=given)
    verified(config.url, lineage, given)
    base = lineage.base if lineage.rounds else Weights(name=name, revision=resolve(name).revision)
    lineage = msgspec.structs.replace(lineage, config=given)
    write_lineage(config.url, lineage)
    if not lineage.rounds:
        held_out = shards_in(config.url, make_held_out(config))
        shards = _evaluated(config, 0, name)
        lineage = msgspec.structs.replace(lineage, held_out=held_out, base=base, evaluation=shards)
        write_lineage(config.url, lineage)
    return lineage


def _gone_on(config: RoundsConfig, lineage: Lineage) -> Lineage:
    """The loop with one round more."""
    assert lineage.base is not None
    number = len(lineage.rounds) + 1
    sampled_by = lineage.rounds[-1].checkpoint if lineage.rounds else lineage.base
    model = place_of(config.url, sampled_by)
    plan = planned(config, number)
    pilot = None if config.explore is None else piloted(config, config.explore, number, plan, model)
    own = run_of(config, number, plan, model, _chosen(pilot))
    if pilot is not None:
        taken_over(pilot, own)
    with only_one(own.url):
        whole_run(own)
    run = load_run(own.url)
    checkpoint = weights_made(config.url, summary_of(training_output(run)).model)
    done = Round(
        number=number,
        seed=own.seed,
        plan=plan_path(number),
        sampled_by=sampled_by,
        began_from=lineage.base if config.train_from == "base" else sampled_by,
        judges=_judges(config),
        tasks=shards_in(config.url, _whole(run.sealed("unique", Task))),
        trained_on=(
            *(lineage.rounds[-1].trained_on if lineage.rounds and config.train_from == "base" else ()),
            *shards_in(config.url, _whole(run.sealed("curriculum_train", CurriculumRow))),
        ),
        checkpoint=checkpoint,
        evaluation=_evaluated(config, number, place_of(config.url, checkpoint)),
        chosen=None if pilot is None else pilot.chosen,
        grid=() if pilot is None else tuple(pilot.grid),
    )
    lineage = msgspec.structs.replace(lineage, rounds=(*lineage.rounds, done))
    write_lineage(config.url, lineage)
    _say(config, lineage)
    return lineage


def _chosen(pilot: Pilot | None) -> dict[str, Any]:
    """What the pilot changes in a round: how its rollouts and its training sample."""
    if pilot is None:
        return {}
    temperature = {"temperature": pilot.chosen.temperature}
    return {"sampling": temperature, "train": {"group_size": pilot.chosen.samples}}


def _evaluated(config: RoundsConfig, number: int, model: str) -> tuple[Shard, ...]:
    """The samples of a model on the held-out tasks, always drawn as `sampling` says."""
    url = f"{config.url}/{evaluation_name(number)}"
    asked = EvalConfig(
        model=config.begun_from.model_copy(update={"name": model}),
        shards=[f"{config.url}/held-out/held_out"],
        samples=config.held_out.samples,
        sampling=config.sampling,
        seed=config.seed,
        output=url,
        against=f"{config.url}/{evaluation_name(number - 1)}" if number else "",
        prm=config.prm,
    )
    evaluate_flow(asked)
    return shards_in(config.url, _whole(load_run(url).sealed("rollouts", Rollout)))


def _judges(config: RoundsConfig) -> dict[str, str]:
    """The models beside the policy that had a say, with what their weights are known by."""
    found = {}
    if config.prm:
        found[config.prm] = open_prm(Path(config.prm)).revision
    rubric = config.training.reward.rubric
    if rubric is not None and rubric.judge is not None and rubric.judge.model.engine != "server":
        found[rubric.judge.model.name] = resolve(rubric.judge.model.name).revision
    return found


def _say(config: RoundsConfig, lineage: Lineage) -> None:
    """What came of the last round, and what to notice of it."""
    number = len(lineage.rounds)
    seen = evaluated(config.url, number).monitors
    line = ", ".join(f"pass@{k} {value:.2f}" for k, value in seen.pass_at.items())
    sys.stderr.write(f"round {number} of {config.rounds}: held out, {line}\n")
    history = history_of(config.url, lineage)
    for each in warnings_of(history):
        if each.round == number:
            sys.stderr.write(f"round {number}: {each.rule}: {each.sentence}\n")
    if number < config.rounds and is_over(history, config):
        sys.stderr.write(f"no better held-out pass@1 for {config.patience} rounds: the loop ends here\n")


def _whole(stage: Stage[Any] | None) -> Stage[Any]:
    if stage is None:
        raise LineageError("a stage of this round is gone since it was made: run again, which makes it anew")
    return stage


def _refuse_other_things(folder: str) -> None:
    if others := _content(folder):
        raise StoreError(f"{folder} is no loop and not empty (it has {others[0]}): choose another name")


def _clear(folder: str) -> None:
    """Deletes a loop with all in it; the lineage goes last, so that a half cleared loop can be cleared again."""
    found = _content(folder)
    if FILE not in found:
        _refuse_other_things(folder)
    for name in sorted(found, key=FILE.__eq__):
        remove(f"{absolute(folder)}/{name}")


def _content(folder: str) -> list[str]:
    """Names of what is in a folder, but for who is at work there."""
    place = absolute(folder)
    return [name for name in (*sizes(place), *subfolders(place)) if name != LOCK]
