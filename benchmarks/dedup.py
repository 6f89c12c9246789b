"""Deduplication of one labelled corpus by ours and by others' packages: what each removes, and what it costs.

    python -m benchmarks.dedup [--size 20000] [--rounds 1] [--only METHOD ...]

Others' packages run in an environment of their own (benchmarks/dedup_peers.py says how to make it). Each method is a
process of its own; in every round all of them run once, one after the other, and the median of their CPU time counts.
Vectors are computed once, for all that want them. `canonical` is told of documents that have a canonical key, all other
methods of all documents, without those keys.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.dedup_corpus import OTHER, SAME, Labelled, stored
from benchmarks.dedup_corpus.table import written
from benchmarks.dedup_score import scored

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "dedup.json"
PEERS = ROOT / ".venv-peers" / "bin" / "python"

OURS = ("canonical", "canonical, keys made", "text key", "text, no encoder", "text")
OTHERS = (
    "exact SHA-256",
    "datasketch 2.0.0",
    "datasketch 2.0.0, 3 words, 0.8",
    "rensa 0.5.0",
    "text-dedup 0.4.0",
    "semhash 0.5.0, MiniLM",
    "SemDeDup, eps 0.01",
    "SemDeDup, eps 0.05",
)
BY_SENSE = ("semhash 0.5.0, MiniLM", "SemDeDup, eps 0.01", "SemDeDup, eps 0.05")
TARGETS = (
    ("canonical", "precision", ">=", 1.0),
    ("canonical", "recall", ">=", 1.0),
    ("canonical", "documents_per_cpu_second", ">=", 20_000),
    ("text", "precision", ">=", 0.98),
    ("text", "recall", ">=", 0.85),
    ("text", "lost_share", "<=", 0.005),
    ("ours", "false_flags", "<=", 0.001),
    ("ours", "found_with_key", ">=", 1.0),
)
"""Set before anything was measured: method or rule, figure, and what it should reach."""


def main(size: int, rounds: int, only: Sequence[str]) -> None:
    documents = stored(size)
    methods = [method for method in (*OURS, *OTHERS) if not only or method in only]
    with tempfile.TemporaryDirectory(prefix="taskmill-dedup-") as name:
        folder = Path(name)
        written(documents, folder / "documents.parquet")
        judging = not only or "contamination" in only
        embedded = judging or any(method in BY_SENSE for method in methods)
        embedding = in_own_process("embedding", folder)["cpu_seconds"] if embedded else 0.0
        judged = contamination(folder) if judging else []
        runs = [{method: in_own_process(method, folder) for method in methods} for _ in range(rounds)]
    rows = [row_of(method, documents, [told[method] for told in runs], embedding) for method in methods]
    shown(rows, embedding, size)
    shown_contamination(judged)
    reached = against_targets({row.get("method") or row.get("rule"): row for row in (*rows, *judged)})
    print()
    table(("target", "measured", "reached"), {one["of"]: [*map(str, one.values())][1:] for one in reached})
    if not only:
        told = {"size": size, "rounds": rounds, "targets": reached, "embedding_cpu_seconds": embedding, "methods": rows,
                "contamination": judged}  # fmt: skip
        RESULTS.write_text(json.dumps(told, indent=1) + "\n")


def in_own_process(method: str, folder: Path) -> dict[str, Any]:
    """What the method told: `kept`, `cpu_seconds`, `peak_mb`."""
    if method in OTHERS:
        command = [str(PEERS), "-P", "benchmarks/dedup_peers.py", method, str(folder)]
    else:
        command = [sys.executable, "-m", "benchmarks.dedup_ours", method, str(folder)]
    _run(method, command)
    told: dict[str, Any] = json.loads((folder / f"{method}.json").read_text())
    return told


def contamination(folder: Path) -> list[dict[str, Any]]:
    """What every rule flags where some of the documents are a benchmark's items."""
    _run("contamination", [sys.executable, "-m", "benchmarks.dedup_contamination", str(folder)])
    told: list[dict[str, Any]] = json.loads((folder / "contamination.json").read_text())
    return told


def _run(name: str, command: Sequence[str]) -> None:
    alone = {"OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    done = subprocess.run(command, cwd=ROOT, env=os.environ | alone, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")


def row_of(
    method: str, documents: Sequence[Labelled], runs: Sequence[Mapping[str, Any]], embedding: float
) -> dict[str, Any]:
    seen = [one for one in documents if one.document.canonical or not method.startswith("canonical")]
    cpu = median(told["cpu_seconds"] for told in runs)
    with_vectors = cpu + (embedding if method in BY_SENSE else 0.0)
    return {
        "method": method,
        **scored(seen, runs[0]["kept"]),
        "cpu_seconds": cpu,
        "documents_per_cpu_second": len(seen) / cpu,
        "documents_per_cpu_second_with_vectors": len(seen) / with_vectors,
        "peak_mb": max(told["peak_mb"] for told in runs),
    }


def against_targets(rows: Mapping[Any, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each target beside what was measured, of the methods and rules that are there."""
    return [
        {
            "of": f"{of}: {figure}",
            "target": f"{sign} {target}",
            "measured": round(rows[of][figure], 4),
            "reached": rows[of][figure] >= target if sign == ">=" else rows[of][figure] <= target,
        }
        for of, figure, sign, target in TARGETS
        if of in rows
    ]


def shown(rows: Sequence[Mapping[str, Any]], embedding: float, size: int) -> None:
    if embedding:
        print(f"Vectors of all: {embedding:.0f} CPU-s, {size / embedding:.0f} documents a CPU-second.\n")
    columns = ("removed", "precision", "recall", "readable", "lost", "a CPU-s", "with vectors", "MB")
    table(columns, {row["method"]: _told(row) for row in rows})
    for title, kinds, column in (("found", SAME, "found"), ("destroyed", OTHER, "destroyed")):
        print(f"\n{title} by kind:\n")
        table(kinds, {row["method"]: [f"{row[column].get(kind, 0):.0%}" for kind in kinds] for row in rows})


def _told(row: Mapping[str, Any]) -> list[str]:
    shares = [f"{row[name]:.3f}" for name in ("precision", "recall", "recall_readable")]
    speeds = [f"{row[name]:,.0f}" for name in ("documents_per_cpu_second", "documents_per_cpu_second_with_vectors")]
    return [
        f"{row['removed']:,}",
        *shares,
        f"{row['lost']:,} ({row['lost_share']:.1%})",
        *speeds,
        f"{row['peak_mb']:,.0f}",
    ]


def shown_contamination(rows: Sequence[Mapping[str, Any]]) -> None:
    for row in rows[:1]:
        near = f"{row['near']:,} of them one change away from an item"
        print(f"\n{row['items']:,} items; {row['clean']:,} clean documents, {near}; {row['planted']:,} planted.\n")
    shares = ("false_flags", "near_flags", "found", "found_with_key", "found_readable")
    told = {row["rule"]: [*(f"{row[name]:.2%}" for name in shares), f"{row['cpu_seconds']:.1f}"] for row in rows}
    if told:
        table((*(name.replace("_", " ") for name in shares), "CPU-s"), told)


def table(columns: Sequence[str], rows: Mapping[str, Sequence[str]]) -> None:
    """A table as documents have them."""
    print(f"| | {' | '.join(columns)} |\n|---|{'---:|' * len(columns)}")
    for name, values in rows.items():
        print(f"| {name} | {' | '.join(values)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=())
    given = parser.parse_args()
    main(given.size, given.rounds, given.only)
