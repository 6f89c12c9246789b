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
TARGETS = {
    "contamination": {"false_flags": 0.001, "found_with_key": 1.0},
    "canonical": {"precision": 1.0, "recall": 1.0, "documents_per_cpu_second": 20_000},
    "text": {"precision": 0.98, "recall": 0.85, "lost_share": 0.005},
}


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
    if not only:
        told = {"size": size, "rounds": rounds, "targets": TARGETS, "embedding_cpu_seconds": embedding, "methods": rows,
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


def shown(rows: Sequence[Mapping[str, Any]], embedding: float, size: int) -> None:
    if embedding:
        print(f"vectors of all: {embedding:.0f} CPU-s, {size / embedding:.0f} documents a CPU-second")
    print(f"{'method':<31}{'removed':>8}{'P':>8}{'R':>7}{'R read.':>8}{'lost':>15}{'docs/CPU-s':>12}{'& vectors':>10}"
          f"{'MB':>7}")  # fmt: skip
    for row in rows:
        print(
            f"{row['method']:<31}{row['removed']:>8,}{row['precision']:>8.3f}{row['recall']:>7.3f}"
            f"{row['recall_readable']:>8.3f}{row['lost']:>7,} ({row['lost_share']:5.1%})"
            f"{row['documents_per_cpu_second']:>12,.0f}{row['documents_per_cpu_second_with_vectors']:>10,.0f}"
            f"{row['peak_mb']:>7,.0f}"
        )
    for title, kinds, column in (("found", SAME, "found"), ("destroyed", OTHER, "destroyed")):
        print(f"\n{title:<31}" + "".join(f"{kind:>11}" for kind in kinds))
        for row in rows:
            print(f"{row['method']:<31}" + "".join(f"{row[column].get(kind, float('nan')):>11.2f}" for kind in kinds))


def shown_contamination(rows: Sequence[Mapping[str, Any]]) -> None:
    columns = ("false_flags", "near_flags", "found", "found_with_key", "found_readable", "cpu_seconds")
    for row in rows[:1]:
        near = f"{row['near']:,} of them one change away from an item"
        print(f"\n{row['items']:,} items; {row['clean']:,} clean documents, {near}; {row['planted']:,} planted")
        print(f"{'rule':<25}" + "".join(f"{column:>16}" for column in columns))
    for row in rows:
        print(f"{row['rule']:<25}" + "".join(f"{row[column]:>16.4f}" for column in columns))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=())
    given = parser.parse_args()
    main(given.size, given.rounds, given.only)
