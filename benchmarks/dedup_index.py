"""The index of keys as it grows: CPU-seconds to add and to look up, peak memory and bytes, each in its own process.

    python -m benchmarks.dedup_index [KEYS ...]

Keys of ten runs, then the same merged. Of those looked up none was seen, or 15 %. `dict` is what one would write
without further thought: every key and id in memory. `no filters` looks up without asking the Bloom filters.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from binascii import hexlify
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dedup.index import open_index, parts
from pipeline.store.files import sizes
from schemas import jsontext

SIZES = (1_000_000, 10_000_000, 100_000_000)
RUNS = 10
LOOKED_UP = (1_000, 1_000_000)
SEEN = (0.0, 0.15)
PIECE = 50_000
DICT_UP_TO = 10_000_000
RESULTS = Path(__file__).parent / "results" / "dedup_index.json"


def main(sizes_asked: list[int]) -> None:
    results = [row for size in sizes_asked for row in measured(size)]
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def measured(size: int) -> list[dict[str, Any]]:
    print(f"{size:,} keys of {RUNS} runs")
    print(f"{'what':<44}{'CPU-s / 1M keys':>17}{'keys / CPU-s':>15}{'peak MB':>10}{'MB on disk':>12}")
    rows = []
    with tempfile.TemporaryDirectory(prefix="taskmill-index-benchmark-") as folder:
        for way in ("add", *(["dict"] if size <= DICT_UP_TO else [])):
            rows.append(told(in_own_process(way, folder, size, size, 0.0)))
        for state in ("ten runs", "merged"):
            if state == "merged":
                rows.append(told(in_own_process("merge", folder, size, size, 0.0)))
            for count in LOOKED_UP:
                for seen in SEEN:
                    for way in ("look up", "no filters"):
                        rows.append(told({"of": state, **in_own_process(way, folder, size, count, seen)}))
    print()
    return rows


def told(row: dict[str, Any]) -> dict[str, Any]:
    count, cpu = row["count"], row["cpu"]
    what = f"{row['way']} {count:,}" + (f" of {row['of']}, {row['seen']:.0%} seen" if "of" in row else "")
    disk = f"{row['bytes'] / 1e6:>12.0f}" if row["bytes"] else ""
    print(f"{what:<44}{cpu / count * 1e6:>17.2f}{count / cpu:>15,.0f}{row['peak_mb']:>10.0f}{disk}", flush=True)
    return row


def measure(way: str, folder: str, size: int, count: int, seen: float) -> dict[str, Any]:
    index = open_index(f"{folder}/index")
    if way == "no filters":
        vars(parts)["may_hold"] = lambda filter_bytes, keys: np.ones(len(keys), dtype=bool)
    asked = wanted(size, count, seen) if way in ("look up", "no filters") else None
    start = time.process_time()
    if way == "add":
        for run in range(RUNS):
            own = runs_pieces(size, run)
            index.add(jsontext.digest("run", run), f"run {run}", size, map(keys_and_ids, own), PIECE * len(own))
    elif way == "dict":
        known: dict[str, str] = {}
        for piece in range(size // PIECE):
            keys, ids = keys_and_ids(piece)
            known |= dict(zip(keys.to_pylist(), ids.to_pylist(), strict=True))
    elif way == "merge":
        index.merge()
    elif asked is not None:
        found = index.seen(asked, index.snapshot()).height
        assert found == round(seen * count), found
    return {
        "keys": size,
        "way": way,
        "count": count,
        "seen": seen,
        "cpu": time.process_time() - start,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "bytes": sum(sizes(f"{index.url}/parts").values()) if way in ("add", "merge") else 0,
    }


def wanted(size: int, count: int, seen: float) -> pa.Array:
    """Keys to look up, of which this share is in the index, from all over it."""
    pieces = size // PIECE
    old = round(seen * count)
    of_each = [old // pieces + (piece < old % pieces) for piece in range(pieces)]
    known = (drawn("key", piece, rows) for piece, rows in enumerate(of_each) if rows)
    new = (drawn("new", piece, count - old - start) for piece, start in enumerate(range(0, count - old, PIECE)))
    return pa.concat_arrays([*known, *new])


def runs_pieces(size: int, run: int) -> range:
    pieces = size // PIECE
    return range(run * pieces // RUNS, (run + 1) * pieces // RUNS)


def keys_and_ids(piece: int) -> tuple[pa.Array, pa.Array]:
    return drawn("key", piece), drawn("id", piece)


def drawn(what: str, piece: int, rows: int = PIECE) -> pa.Array:
    """Texts of 32 hex digits, the first ones of a piece."""
    text = hexlify(np.random.default_rng([*what.encode(), piece]).bytes(16 * PIECE))[: 32 * rows]
    count = len(text) // 32
    starts = np.arange(0, len(text) + 1, 32, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(starts), pa.py_buffer(text))


def in_own_process(way: str, folder: str, size: int, count: int, seen: float) -> dict[str, Any]:
    given = [way, folder, str(size), str(count), str(seen)]
    command = [sys.executable, "-m", "benchmarks.dedup_index", "measure", *given]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        way, folder, size, count, seen = sys.argv[2:]
        print(json.dumps(measure(way, folder, int(size), int(count), float(seen))))
    else:
        main([int(size) for size in sys.argv[1:]] or list(SIZES))
