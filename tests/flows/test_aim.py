"""The rounds of an aimed run in the store, with pass rates that are planted: what is planned, kept and reported."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
import yaml
from pydantic import ValidationError

from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.difficulty import Tally, difficulty_of
from flows.aim import Aimed, planned, segments_of, shards_of, stages_of
from flows.asking import Alone
from flows.choose import choose_shards
from flows.compared import Compared, piled
from flows.config import RunConfig
from flows.dedup import write_unique
from flows.generate import write_tasks
from flows.report_predictor import predicted_of
from flows.report_rounds import rounds_of
from flows.work import UniqueStages
from flows.workers import HERE
from generators.judging import judge_here
from generators.stream import cut
from pipeline.report.html import html_of
from pipeline.report.reliability import predicted_section
from pipeline.report.rounds import rounds_section, yield_rows
from pipeline.store import Run, open_run
from schemas import AimedCell, Message, Task, from_table, jsontext

ROUNDS = 4
BIG_SUMS = {"terms": 2, "digits": 2}
ADDED = "arithmetic.chain ~5 (negatives 5, operators +-, terms 5)"

Rate = Callable[[Task], float]


def config_of(folder: Path, **changed: object) -> RunConfig:
    given = {
        "name": "aimed",
        "seed": 5,
        "output": str(folder),
        "aim": {"rounds": ROUNDS},
        "tasks": {"shard_size": 30, "sources": [{"family": "arithmetic.chain", "count": 16, "levels": [2, 4, 6]}]},
        "difficulty": {"prior": "jeffreys"},
    }
    return RunConfig.model_validate(given | changed)


def opened(config: RunConfig) -> tuple[Run, Aimed]:
    assert config.aim is not None
    assert config.model is not None
    run = open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed)
    return run, stages_of(run, config, config.aim, config.model)


def play(config: RunConfig, aimed: Aimed, number: int, rate: Rate) -> list[AimedCell]:
    """One round as the flow goes through it, with 16 planted results for each task in place of rollouts."""
    assert config.aim is not None
    plan = planned(aimed, config, config.aim, number)
    own = shards_of(number, config, config.aim)
    for shard, segments in zip(own, cut(segments_of(plan, config), config.tasks.shard_size), strict=True):
        write_tasks(aimed.tasks, shard, segments)
    pile = piled(aimed.tasks, aimed.unique, own, ())
    stages = UniqueStages(aimed.tasks, aimed.unique, aimed.removed)
    write_unique.fn(stages, pile, Compared(), HERE, lambda *_: None)
    if aimed.not_chosen is not None:
        stages = aimed.unique, aimed.chosen, aimed.not_chosen, aimed.graded
        choose_shards.fn(config, config.aim, *stages, own, 48, Alone(Reader, judge_here), {})
    for shard in own:
        tasks = from_table(aimed.chosen.read(shard), Task)
        wins = [sum(Random(f"{task.id}/{sample}").random() < rate(task) for sample in range(16)) for task in tasks]
        own_config = DifficultyConfig(cap=16, prior="jeffreys")
        graded = [
            difficulty_of(task.id, "m", "r", Tally(count, 16 - count), own_config, JEFFREYS)
            for task, count in zip(tasks, wins, strict=True)
        ]
        aimed.rollouts.write(shard, [])
        aimed.graded.write(shard, graded)
    return plan


class Reader:
    """An engine that only reads, and thinks lucky answers likely."""

    def encode(self, messages: Sequence[Message], prefill: str = "") -> tuple[int, ...]:
        return tuple(prefill.encode())

    def score(self, prompts: Sequence[Sequence[int]], continuations: Sequence[Sequence[int]]) -> list[list[float]]:
        answers = [bytes(one).decode().removesuffix("</answer>") for one in continuations]
        return [[-0.7 if lucky(answer) else -8.0] for answer in answers]


def lucky(answer: str) -> bool:
    """Of every second answer, and nothing in it tells of which."""
    return Random(f"luck of {answer}").random() < 0.5


def by_length(task: Task) -> float:
    """Two and three terms are too easy, six and more too hard: rungs 2 and 4 are, and rung 6; between lies the band."""
    terms = int(task.params["terms"])
    return 1.0 if terms <= 4 else 0.5 if terms == 5 else 0.0


def all_hard(task: Task) -> float:
    return 0.0


def played(config: RunConfig, rate: Rate = by_length) -> tuple[Run, Aimed, list[list[AimedCell]]]:
    run, aimed = opened(config)
    plans = [play(config, aimed, number, rate) for number in range(1, ROUNDS + 1)]
    for stage in aimed:
        if stage is not None:
            stage.seal()
    return run, aimed, plans


def test_the_first_round_makes_what_an_unaimed_run_makes(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    _, aimed = opened(config)
    assert config.aim is not None
    assert segments_of(planned(aimed, config, config.aim, 1), config) == config.segments()


def test_a_cell_is_added_between_the_rungs_that_miss_the_band_and_takes_the_tasks(tmp_path: Path) -> None:
    run, _, plans = played(config_of(tmp_path))
    assert [len(plan) for plan in plans[:2]] == [3, 4]
    added = plans[1][3]
    assert (added.level, added.place, added.start, added.params["terms"]) == (0, 5.0, 0, 5)
    assert plans[-1][3].count > sum(row.count for row in plans[-1][:3])
    rounds = rounds_of(run)
    assert rounds is not None
    shares = [each.share or 0.0 for each in rounds.rounds]
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert shares[-1] > 0.5
    assert {sum(row.count for row in plan) for plan in plans} == {48}


def test_no_task_is_made_twice_and_every_cell_is_tried_on(tmp_path: Path) -> None:
    _, aimed, plans = played(config_of(tmp_path))
    made = [(jsontext.dumps(task.params), task.index) for task in aimed.tasks.records()]
    assert len(made) == len(set(made)) == ROUNDS * 48
    for place in range(3):
        assert sum(plan[place].count for plan in plans[1:]) >= 3


def test_what_is_unique_in_one_round_stays_whatever_later_rounds_make(tmp_path: Path) -> None:
    """Rungs of one-digit sums repeat themselves, and a later round's item may have the lower index."""
    tasks = {"shard_size": 30, "sources": [{"family": "arithmetic.chain", "count": 40, "levels": [1, 2]}]}
    config = config_of(tmp_path, tasks=tasks)
    aim, (_, aimed) = config.aim, opened(config)
    assert aim is not None
    kept: list[str] = []
    for number in range(1, ROUNDS + 1):
        play(config, aimed, number, lambda task: 1.0 if task.level == 1 else 0.0)
        files = [aimed.unique.path(shard) for shard in range(shards_of(number, config, aim).stop)]
        contents = [Path(path).read_bytes().hex() for path in files]
        assert contents[: len(kept)] == kept
        kept = contents
    problems = [task.canonical for task in aimed.unique.records()]
    assert len(problems) == len(set(problems))
    assert len(problems) == len({task.canonical for task in aimed.tasks.records()})
    assert len(problems) + sum(1 for _ in aimed.removed.records()) == ROUNDS * 80


def test_a_plan_follows_from_the_shards_before_it(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    assert config.aim is not None
    _, aimed, plans = played(config)
    for number in (2, ROUNDS):
        Path(aimed.plans.path(number - 1)).unlink()
        assert planned(aimed, config, config.aim, number) == plans[number - 1]


def test_more_rounds_go_on_from_fewer_unless_a_budget_is_for_them_all(tmp_path: Path) -> None:
    few, many = (config_of(tmp_path, aim={"rounds": rounds}) for rounds in (2, 5))
    assert [stage and stage.key for stage in opened(few)[1]] == [stage and stage.key for stage in opened(many)[1]]
    few, many = (config_of(tmp_path, aim={"rounds": rounds}, difficulty={"max_rollouts": 100}) for rounds in (2, 5))
    assert opened(few)[1].tasks.key != opened(many)[1].tasks.key


@pytest.mark.parametrize(
    "changed",
    [{"aim": {"explore": 0.2}}, {"difficulty": {"band_low": 0.3}}, {"sampling": {"temperature": 0.5}}, {"seed": 6}],
)
def test_whatever_a_plan_depends_on_makes_stages_of_their_own(tmp_path: Path, changed: dict[str, object]) -> None:
    assert opened(config_of(tmp_path))[1].tasks.key != opened(config_of(tmp_path, **changed))[1].tasks.key


def test_a_world_without_the_band_is_explored_to_the_end(tmp_path: Path) -> None:
    run, _, plans = played(config_of(tmp_path), all_hard)
    assert min(row.count for plan in plans for row in plan) >= 10
    rounds = rounds_of(run)
    assert rounds is not None
    assert [each.share for each in rounds.rounds] == [0.0] * ROUNDS


def test_the_report_counts_every_task_by_round_and_cell(tmp_path: Path) -> None:
    run, aimed, plans = played(config_of(tmp_path))
    rounds = rounds_of(run)
    assert rounds is not None
    assert [each.made for each in rounds.rounds] == [48] * ROUNDS
    assert sum(each.unique for each in rounds.rounds) == sum(1 for _ in aimed.unique.records())
    assert rounds.expected[0] is None
    for number, plan in enumerate(plans):
        counts = [counts[number] for counts in rounds.cells.values()]
        assert sum(count.made for count in counts if count is not None) == sum(row.count for row in plan)
    assert list(rounds.cells)[:3] == [
        "arithmetic.chain 2",
        "arithmetic.chain 4",
        ADDED,
    ]
    assert rounds.cells[ADDED][0] is None
    page = html_of(rounds_section(rounds))
    assert "<svg" in page
    assert ADDED in page
    assert yield_rows(rounds)["yield by round"].startswith("0% ")


def test_of_more_candidates_the_likeliest_are_rolled_out_and_the_others_are_said(tmp_path: Path) -> None:
    """Within the cell only the features tell the band: sums with a carry are too hard."""
    tasks = {"shard_size": 30, "sources": [{"family": "arithmetic.chain", "count": 48, "params": BIG_SUMS}]}
    config = config_of(tmp_path, tasks=tasks, aim={"rounds": ROUNDS, "candidates": 3})
    run, aimed, plans = played(config, lambda task: 0.5 if not task.features["carries"] else 0.0)
    assert [sum(row.count for row in plan) for plan in plans] == [48, 144, 144, 144]
    unique, chosen = [task.id for task in aimed.unique.records()], [task.id for task in aimed.chosen.records()]
    assert aimed.not_chosen is not None
    left = list(aimed.not_chosen.records())
    assert sorted([*chosen, *(each.id for each in left)]) == sorted(unique)
    assert {each.cause for each in left} == {"not_chosen"}
    assert all("to be in the band; 48 of " in each.detail for each in left)
    assert [each.task_id for each in aimed.graded.records()] == chosen
    rounds = rounds_of(run)
    assert rounds is not None
    assert {each.graded for each in rounds.rounds[1:]} == {48}
    shares = [each.share or 0.0 for each in rounds.rounds]
    assert min(shares[1:]) > shares[0] + 0.2


def test_a_model_that_reads_the_answers_tells_what_features_do_not(tmp_path: Path) -> None:
    own = {"terms": 2, "digits": 6}
    tasks = {"shard_size": 30, "sources": [{"family": "arithmetic.chain", "count": 48, "params": own}]}

    def shares(**aim: object) -> list[float]:
        config = config_of(tmp_path / str(aim), tasks=tasks, aim={"rounds": ROUNDS, "candidates": 3, **aim})
        run, _, _ = played(config, lambda task: 0.5 if lucky(task.answer) else 0.0)
        rounds = rounds_of(run)
        assert rounds is not None
        return [each.share or 0.0 for each in rounds.rounds]

    assert min(shares(read=True)[1:]) > 0.8 > 0.65 > max(shares()[1:])


def test_the_report_says_how_predictions_come_true(tmp_path: Path) -> None:
    tasks = {"shard_size": 30, "sources": [{"family": "arithmetic.chain", "count": 48, "params": BIG_SUMS}]}
    config = config_of(tmp_path, tasks=tasks, aim={"rounds": ROUNDS, "candidates": 3})
    _, aimed, _ = played(config, lambda task: 0.5 if not task.features["carries"] else 0.0)
    predicted = predicted_of(config, aimed.unique, aimed.graded)
    assert predicted is not None
    assert predicted.scores["in band"].startswith("Brier score 0.")
    assert "<svg" in html_of(predicted_section(predicted))
    _, empty = opened(config_of(tmp_path / "empty", tasks=tasks, aim={"rounds": ROUNDS, "candidates": 3}))
    assert predicted_of(config, empty.unique, empty.graded) is None


def test_reading_is_for_choosing(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="set candidates to 2 or more"):
        config_of(tmp_path, aim={"rounds": 2, "read": True})


def test_without_more_candidates_nothing_is_chosen(tmp_path: Path) -> None:
    _, aimed = opened(config_of(tmp_path))
    assert aimed.chosen is aimed.unique
    assert aimed.not_chosen is None


def test_the_page_shows_a_config_that_is_read() -> None:
    page = (Path(__file__).parents[2] / "docs" / "aim.md").read_text()
    (shown,) = re.findall(r"^```yaml\n(.*?)^```$", page, re.M | re.S)
    assert RunConfig.model_validate({"name": "shown", **yaml.safe_load(shown)}).aim is not None


def test_aiming_needs_a_model(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="aim needs the rollouts of a model"):
        config_of(tmp_path, model=None)


def test_parameters_given_twice_are_refused(tmp_path: Path) -> None:
    twice = [{"family": "arithmetic.chain", "count": 2, "params": {"terms": 2}} for _ in range(2)]
    with pytest.raises(ValueError, match=r'arithmetic\.chain with \{.*"terms":2\} is given 2 times'):
        config_of(tmp_path, tasks={"sources": twice})
