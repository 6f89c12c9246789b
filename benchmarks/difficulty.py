"""What a difficulty decision costs: the sequential test against a fixed number of rollouts, and budgets.

    python -m benchmarks.difficulty

Three parts: at equal error on populations of pass rates, computed exactly (difficulty_exact.py); on the stored rollouts
of a real model, over all orders of its samples (difficulty_stored.py); and what a budget finds that doesn't reach for
all tasks (difficulty_budget.py), simulated.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks import difficulty_budget, difficulty_exact, difficulty_stored, rollouts_pool, tiny_pool
from benchmarks.difficulty_exact import HIGH, LOW, POPULATIONS, ZONE
from benchmarks.rollouts_pool import read_pool
from filters.config import DifficultyConfig

POOLS = {"SmolLM2-135M": rollouts_pool.POOL, "tiny": tiny_pool.POOL}
RESULTS = Path(__file__).parent / "results" / "difficulty.json"

EXACT = {
    "population": "",
    "fixed": "k",
    "error": "false",
    "curtailed": "k, forced",
    "jeffreys": "ours, Jeffreys",
    "fitted_one_cell": "ours, one cell",
    "fitted_by_cell": "ours, by cell",
    "optimum": "least possible",
    "optimum_by_four": "least by 4",
    "times_fewer_jeffreys": "k / Jeffreys",
    "times_fewer_fitted": "k / by cell",
    "rounds": "rounds",
    "zero_variance": "flat groups",
    "error_of_0_mean_1": "0<m<1 false",
    "zero_variance_of_0_mean_1": "0<m<1 flat",
}
DEFAULTS = {
    "population": "",
    "prior": "prior",
    "rollouts": "rollouts a task",
    "error": "false decisions",
    "kept": "kept",
    "zero_variance": "flat groups",
    "zero_variance_unfiltered": "unfiltered",
    "rounds": "rounds",
    "rounds_of_all_but_one_in_1000": "until 1 in 1000 goes on",
}
STORED = {
    "pool": "rollouts of",
    "fixed": "k",
    "error": "false",
    "jeffreys": "ours, Jeffreys",
    "ours": "ours",
    "times_fewer": "k / ours",
    "tokens": "tokens of k",
    "tokens_ours": "of ours",
    "times_fewer_tokens": "times fewer",
    "zero_variance": "flat groups",
    "error_of_0_mean_1": "0<m<1 false",
    "times_fewer_than_0_mean_1": "0<m<1 / ours",
    "zero_variance_of_0_mean_1": "0<m<1 flat",
}
STORED_DEFAULTS = {
    "pool": "rollouts of",
    "tasks": "tasks",
    "below": "below the band",
    "inside": "inside",
    "above": "above",
    "rollouts": "rollouts a task",
    "error": "false decisions",
    "kept": "kept",
    "zero_variance": "flat groups",
    "zero_variance_unfiltered": "unfiltered",
}
BUDGET = {
    "population": "",
    "rollouts_a_task": "rollouts a task",
    "policy": "policy",
    "decided": f"decided of {difficulty_budget.TASKS}",
    "in_band": "found in band",
}


def table(title: str, headings: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> Table:
    shown = Table(title=title)
    for heading in headings.values():
        shown.add_column(heading, justify="right")
    for row in rows:
        values = [row[column] for column in headings]
        shown.add_row(*(f"{value:.3g}" if isinstance(value, float) else str(value) for value in values))
    return shown


def main() -> None:
    console, config = Console(width=160), DifficultyConfig()
    exact = [row for name in POPULATIONS for row in difficulty_exact.at_equal_error(name)]
    console.print(
        table(f"Mean rollouts a task at the error of a fixed number (band {LOW}-{HIGH}, zone {ZONE})", EXACT, exact)
    )
    defaults = [difficulty_exact.by_default(name) for name in POPULATIONS]
    by_prior = [{**row, **row[prior], "prior": prior} for row in defaults for prior in ("jeffreys", "fitted_by_cell")]
    console.print(table(f"The default config (error {config.error}, cap {config.cap})", DEFAULTS, by_prior))
    pools = {name: difficulty_stored.samples_of(read_pool(path)) for name, path in POOLS.items()}
    stored = [row for name, tasks in pools.items() for row in difficulty_stored.at_equal_error(name, tasks)]
    console.print(table("Stored rollouts of real models, over all orders of 64 samples", STORED, stored))
    by_default = [difficulty_stored.by_default(name, tasks) for name, tasks in pools.items()]
    console.print(table(f"The default error {config.error} on them", STORED_DEFAULTS, by_default))
    budget = list(difficulty_budget.rows())
    console.print(table("A budget that doesn't reach for all tasks", BUDGET, budget))
    found = {
        "at_equal_error": exact,
        "default_config": defaults,
        "stored": {"at_equal_error": stored, "default_error": by_default},
        "budget": budget,
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
