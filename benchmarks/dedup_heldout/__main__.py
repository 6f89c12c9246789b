"""What is removed from the held-out sets by the methods that read texts, scored as `benchmarks.dedup` scores.

python -m benchmarks.dedup_heldout [--sets first second] [--size 4000] [--only METHOD ...]
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.dedup import BY_SENSE, in_own_process, row_of, shown
from benchmarks.dedup_corpus.table import written
from benchmarks.dedup_heldout import SETS, held_out

RESULTS = Path(__file__).parents[1] / "results" / "dedup_heldout.json"

METHODS = ("text key", "text, no encoder", "text", "datasketch 2.0.0, 3 words, 0.8", "semhash 0.5.0, MiniLM")


def main(sets: Sequence[str], size: int, methods: Sequence[str]) -> None:
    told = {name: measured(name, size, methods) for name in sets}
    if tuple(sets) == tuple(SETS):
        RESULTS.write_text(json.dumps({"size": size, "sets": told}, indent=1) + "\n")


def measured(name: str, size: int, methods: Sequence[str]) -> list[dict[str, Any]]:
    documents = held_out(name, size)
    with tempfile.TemporaryDirectory(prefix="taskmill-heldout-") as made:
        folder = Path(made)
        written(documents, folder / "documents.parquet")
        embedded = any(method in BY_SENSE for method in methods)
        embedding = in_own_process("embedding", folder)["cpu_seconds"] if embedded else 0.0
        rows = [row_of(method, documents, [in_own_process(method, folder)], embedding) for method in methods]
    print(f"\n== {name}: {size:,} documents\n")
    shown(rows, embedding, size)
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="*", default=tuple(SETS))
    parser.add_argument("--size", type=int, default=4_000)
    parser.add_argument("--only", nargs="*", default=METHODS)
    given = parser.parse_args()
    main(given.sets, given.size, given.only)
