"""Rule verifiers under the attack suite: every registered family, at least 10,000 attacks each, none to be accepted.

    python -m benchmarks.guards [--attacks 10000] [--only NAME]

Tasks go round the rungs and styles of a family. An attack is accepted where its verdict is right; partial credit is
told apart.
"""

import argparse
import json
import platform
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from generators.family import make_task
from generators.registry import family_named, family_names
from generators.verify import verify
from pipeline.seeding import derived_seed
from rubrics.guards.attack import FORMATS
from rubrics.guards.attacks import OPEN_SUITE, SUITE
from rubrics.guards.measure import Told, measured
from rubrics.judges.contract import Case

RESULTS = Path(__file__).parent / "results" / "guards_verifiers.json"
SEED = 0
OPEN_TEXTS = frozenset({"instructions.form"})
"""Families whose right answers are any texts under some rules."""


def tried(name: str, attacks: int) -> dict[str, Any]:
    """What the suite does to one family's verifier."""
    family = family_named(name)
    seed = derived_seed(SEED, "guards benchmark", name)
    rungs, styles = len(family.levels), family.styles
    suite = OPEN_SUITE if name in OPEN_TEXTS else SUITE
    count = -(-attacks // (len(suite) * len(FORMATS) - 10))  # a few attacks happen to be the answer and are left out
    tasks = [
        make_task(family, level=1 + index % rungs, seed=seed, index=index, style=styles[index % len(styles)])
        for index in range(count)
    ]
    cases = [Case(prompt=task.prompt[-1].content, response="", reference=task.answer) for task in tasks]
    credited: Counter[str] = Counter()
    start = time.process_time()

    def ask(responses: Sequence[tuple[int, str]]) -> list[Told]:
        verdicts = [verify(tasks[place], response) for place, response in responses]
        credited.update(verdict.reason for verdict in verdicts)
        return [Told(verdict.score, 0) for verdict in verdicts]

    told = measured(name, ask, cases, suite, seed=SEED, threshold=1.0)
    return {
        "family": name,
        "tasks": count,
        "attacks": sum(each.trials for each in told.attacks),
        "accepted": sum(each.accepted for each in told.attacks),
        "accepted_by": [each.name for each in told.attacks if each.accepted],
        "undecided": sum(each.undecided for each in told.attacks),
        "partial": credited["partial"],
        "right_accepted": told.right.accepted,
        "right_tried": told.right.trials,
        "cpu_seconds": round(time.process_time() - start, 2),
    }


def show(rows: Sequence[dict[str, Any]]) -> None:
    table = Table("family", title="Attacks on rule verifiers")
    for name in ("tasks", "attacks", "accepted", "undecided", "partial", "CPU s"):
        table.add_column(name, justify="right")
    for row in rows:
        counts = (f"{row[key]:,}" for key in ("tasks", "attacks", "accepted", "undecided", "partial", "cpu_seconds"))
        table.add_row(row["family"], *counts)
    table.add_row("all", *(f"{sum(row[key] for row in rows):,}" for key in ("tasks", "attacks", "accepted")))
    Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--attacks", type=int, default=10_000, help="attacks a family, at least (default 10,000)")
    parser.add_argument("--only", default="", metavar="NAME", help="families whose name contains this; writes nothing")
    options = parser.parse_args()
    rows = [tried(name, options.attacks) for name in family_names() if options.only in name]
    show(rows)
    if not options.only:
        setting = {"attacks": options.attacks, "suite": len(SUITE), "formats": list(FORMATS), "seed": SEED}
        RESULTS.parent.mkdir(exist_ok=True)
        whole = {"setting": {**setting, "python": platform.python_version()}, "families": rows}
        RESULTS.write_text(json.dumps(whole, indent=1) + "\n")


if __name__ == "__main__":
    main()
