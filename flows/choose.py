"""What a predictor learns of the shards before: which candidates of a round are rolled out, and what each is worth."""

from collections.abc import Mapping, Sequence
from math import ceil

from prefect import task

from filters.predictor import Prediction, PredictorConfig, PredictorError, chosen, fitted
from flows.asking import Asking
from flows.config import AimConfig, RunConfig, predictor_config
from flows.retries import TRIED
from flows.shards import say_ignored
from flows.work import read_golds
from pipeline.seeding import derived_seed
from pipeline.store import Run, Stage
from schemas import Difficulty, LeftOut, Task, from_table

_TAUGHT_BY = 2000
"""The tasks from which a predictor of the next shard learns, the latest ones: a fit takes seconds."""

_LEAST_CHANCE = 0.05
"""No task is thought less likely in the band when a budget is spent, so that the predictor can find itself wrong."""


def chances(config: RunConfig, tasks: Stage[Task], graded: Stage[Difficulty], shard: int) -> dict[str, float] | None:
    """How likely each task of a shard is in the band, by task id, as the graded shards before it teach; None where
    they teach nothing. A function of these shards and the seed: whoever goes on with the shard has the same."""
    known: list[Task] = []
    difficulties: list[Difficulty] = []
    for earlier in reversed(range(shard)):
        if len(known) < _TAUGHT_BY:
            known += from_table(tasks.read(earlier), Task)
            difficulties += from_table(graded.read(earlier), Difficulty)
    taught = known[:_TAUGHT_BY], difficulties[:_TAUGHT_BY]
    try:
        predictor = fitted(*taught, predictor_config(config), derived_seed(config.seed, "weights", shard))
    except PredictorError:
        return None
    predictions = predictor.predict(from_table(tasks.read(shard), Task))
    return {each.task_id: max(each.chance, _LEAST_CHANCE) for each in predictions}


def chosen_stages(
    run: Run, config: RunConfig, aim: AimConfig, unique: Stage[Task]
) -> tuple[Stage[Task], Stage[LeftOut]]:
    """The stages `chosen` and `not_chosen`, a shard of each for every shard of unique tasks, with what is there."""
    key = {"unique": unique.key, "candidates": aim.candidates, "predictor": predictor_config(config).model_dump()}
    if aim.read:
        key["read"] = [config.sampling.prefill, aim.read]
    picked = run.stage("chosen", Task, count=unique.count, key=key)
    say_ignored(picked)
    return picked, run.stage("not_chosen", LeftOut, count=unique.count, key=key)


@task(name="choose", task_run_name="choose {count} tasks", **TRIED)
def choose_shards(
    config: RunConfig,
    aim: AimConfig,
    unique: Stage[Task],
    picked: Stage[Task],
    left: Stage[LeftOut],
    graded: Stage[Difficulty],
    shards: range,
    count: int,
    ask: Asking,
    read: dict[str, float],
) -> None:
    """Writes a round's shards of both stages: `count` of its unique tasks are chosen.

    `read` holds what the model was found to make of tasks of earlier rounds, and gains what it makes of these.
    """
    by_shard = {shard: from_table(unique.read(shard), Task) for shard in shards}
    candidates = [each for tasks in by_shard.values() for each in tasks]
    before = range(shards.start)
    known = [each for shard in before for each in from_table(picked.read(shard), Task)]
    difficulties = [each for shard in before for each in from_table(graded.read(shard), Difficulty)]
    seed = derived_seed(config.seed, "candidates", shards.start)
    about, own = predictor_config(config), None
    if aim.read:
        first = worth_reading(candidates, ceil(aim.read * len(candidates)), known, difficulties, about, seed)
        unread = [each for each in [*known, *first] if each.id not in read]
        read |= ask("read gold answers", read_golds, unread, config.sampling.prefill) if unread else {}
        own = read
    taken, chances = likeliest(candidates, count, known, difficulties, aim.explore, about, seed, own)
    for shard, tasks in by_shard.items():
        inputs = [unique.info(shard).sha256]
        others = [
            LeftOut(
                id=each.id,
                family=each.family,
                level=each.level,
                cause="not_chosen",
                detail=f"{_chance(chances.get(each.id))} to be in the band; {len(taken):,} of {len(candidates):,} "
                "candidates were rolled out",
            )
            for each in tasks
            if each.id not in taken
        ]
        left.write(shard, others, inputs=inputs)
        picked.write(shard, [each for each in tasks if each.id in taken], inputs=inputs)


def likeliest(
    candidates: Sequence[Task],
    count: int,
    known: Sequence[Task],
    difficulties: Sequence[Difficulty],
    explore: float,
    predictor: PredictorConfig,
    seed: int,
    read: Mapping[str, float] | None = None,
) -> tuple[set[str], dict[str, float]]:
    """The ids of `count` candidates, and the chance of each candidate to be in the band, as far as it is known.

    `difficulties` are those of the tasks `known`, in their order. The share `explore` is drawn blindly, and so are all
    where nothing is decided yet. All are taken, by no chance, where there are no more. `read` has what the model makes
    of the gold answers of all known tasks and of some candidates; the others have the chance that all else tells.
    """
    if len(candidates) <= count:
        return {each.id for each in candidates}, {}
    try:
        by_id = {each.task_id: each for each in fitted(known, difficulties, predictor, seed).predict(candidates)}
    except PredictorError:
        blind = chosen([_unknown(each) for each in candidates], count, 1.0, seed)
        return {candidates[place].id for place in blind}, {}
    if read is not None:
        told = [each for each in candidates if each.id in read]
        by_reading = fitted(known, difficulties, predictor, seed, read).predict(told, read)
        by_id |= {each.task_id: each for each in by_reading}
    predictions = [by_id[each.id] for each in candidates]
    taken = {candidates[place].id for place in chosen(predictions, count, explore, seed)}
    return taken, {each.task_id: each.chance for each in predictions}


def worth_reading(
    candidates: Sequence[Task],
    count: int,
    known: Sequence[Task],
    difficulties: Sequence[Difficulty],
    predictor: PredictorConfig,
    seed: int,
) -> list[Task]:
    """The `count` candidates that are likeliest in the band by what costs no reading; all where nothing tells."""
    if len(candidates) <= count:
        return list(candidates)
    try:
        predictions = fitted(known, difficulties, predictor, seed).predict(candidates)
    except PredictorError:
        return list(candidates)
    return [candidates[place] for place in chosen(predictions, count, 0.0, seed)]


def _unknown(each: Task) -> Prediction:
    return Prediction(task_id=each.id, mean=0.5, chance=0.0, centre=0.0, spread=0.0)


def _chance(chance: float | None) -> str:
    return "no chance known" if chance is None else f"a chance of {chance:.2f}"
