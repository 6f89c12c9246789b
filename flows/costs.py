"""What a run has cost: its manifests and what its stages wrote down, as plain numbers."""

from typing import Any

from flows.config import RunConfig
from flows.training_folder import training_folder
from pipeline.costs.ledger import costs_under, spent
from pipeline.costs.plan import plan_in
from pipeline.costs.prices import Prices, priced
from pipeline.costs.record import Cost, Device, in_all
from pipeline.report.costs import Costs
from pipeline.store import Run, Stage
from schemas import CurriculumRow, Difficulty, LeftOut, Removed, Rollout, Task
from trainer.record import read_metrics

Facts = dict[str, float]


def costs_of(run: Run, config: RunConfig) -> Costs | None:
    """The costs of the finished stages and the plan that is kept; None where nothing was written down."""
    whole = spent(run.url)
    if not whole:
        return None
    plan = plan_in(run.url)
    facts, devices, used = _stages(run, config)
    started = whole.get("run")
    told = sum(cost.cpu_seconds for name, cost in whole.items() if name != "run")
    if started is not None:
        wall = sum(own.get("wall_seconds", 0.0) for own in facts.values())
        facts["start"] = {
            "cpu_seconds": max(started.cpu_seconds - used, 0.0),
            "wall_seconds": max(started.wall_seconds - wall, 0.0),
        }
    prices = Prices() if plan is None else plan.prices
    for name, own in facts.items():
        if prices.given:
            own["money"] = priced(own, devices.get(name, "cpu"), prices)
    return Costs(facts=facts, plan=plan, beside=max(told - used, 0.0))


def _stages(run: Run, config: RunConfig) -> tuple[dict[str, Facts], dict[str, Device], float]:
    """The facts and the device of each finished stage, and the CPU seconds that they took in all."""
    facts: dict[str, Facts] = {}
    devices: dict[str, Device] = {}
    tasks, unique = run.sealed("tasks", Task), run.sealed("unique", Task)
    if tasks is not None:
        facts["tasks"] = _facts(_cost(run, tasks), [tasks], workers=config.workers)
    if unique is not None:
        facts["unique"] = _facts(_cost(run, unique), [unique, run.sealed("removed", Removed)])
    for place, model in enumerate([] if config.model is None else [config.model, *config.compare]):
        suffix, name = (f"_{model.slug}", f"rollouts of {model.name}") if place else ("", "rollouts")
        rollouts, graded = run.sealed(f"rollouts{suffix}", Rollout), run.sealed(f"difficulty{suffix}", Difficulty)
        if rollouts is not None and graded is not None:
            cost = _cost(run, rollouts)
            opened = in_all(costs_under(run.url, "engine", rollouts.key).values())
            facts[name] = _facts(cost, [graded, rollouts], workers=config.runner.engines) | {
                "rollouts": float(sum(info.rows for info in rollouts.shards())),
                "prompt_tokens": float(cost.prompt_tokens),
                "completion_tokens": float(cost.completion_tokens),
            }
            facts[name]["cpu_seconds"] += opened.cpu_seconds
            facts[name]["wall_seconds"] += opened.wall_seconds
            devices[name] = cost.device
            if cost.device == "cuda":
                facts[name]["gpu_seconds"] = facts[name]["wall_seconds"] * config.runner.engines
    splits = [run.sealed(f"curriculum_{split}", CurriculumRow) for split in ("train", "validation", "test", "ood")]
    selected, left_out = run.sealed("selected", Task), run.sealed("left_out", LeftOut)
    if selected is not None and splits[0] is not None:
        parts = [in_all(costs_under(run.url, name, selected.key).values()) for name in ("select", "curriculum")]
        written = _bytes([*splits, selected, left_out])
        kept = float(sum(info.rows for stage in splits if stage is not None for info in stage.shards()))
        facts["curriculum"] = {"rows": kept, **_times(in_all(parts), 1), "bytes": written}
    if config.train is not None and config.model is not None and splits[0] is not None:
        folder = training_folder(run, config.train, config.model.name, splits[0])
        cost = in_all(costs_under(run.url, "train", folder.name).values())
        if cost.starts:
            facts["train"] = {"rows": float(len(read_metrics(folder)))} | _times(cost, 1)
            devices["train"] = cost.device
            if cost.device == "cuda":
                facts["train"]["gpu_seconds"] = cost.wall_seconds
    return facts, devices, sum(own["cpu_seconds"] for own in facts.values())


def _facts(cost: Cost, stages: list[Stage[Any] | None], workers: int = 1) -> Facts:
    """The rows are those of the first stage, the bytes those of all."""
    first = stages[0]
    rows = 0 if first is None else sum(info.rows for info in first.shards())
    return {"rows": float(rows), **_times(cost, workers), "bytes": _bytes(stages)}


def _times(cost: Cost, workers: int) -> Facts:
    return {"cpu_seconds": cost.cpu_seconds, "wall_seconds": cost.wall_seconds / workers}


def _bytes(stages: list[Stage[Any] | None]) -> float:
    return float(sum(info.bytes for stage in stages if stage is not None for info in stage.shards()))


def _cost(run: Run, stage: Stage[Any]) -> Cost:
    return in_all(costs_under(run.url, stage.name, stage.key).values())
