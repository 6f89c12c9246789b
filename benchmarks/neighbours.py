"""Candidates by words and by sense: how many true pairs they hold, how many pairs they are, and what they cost.

    python -m benchmarks.neighbours [--size 3000] [--scale 100000 300000]

Recall is the share of the planted duplicates of the labelled corpus (benchmarks/dedup_corpus) that are in a candidate
pair with the same problem; `kinds` are those that a reader sees who does not know the genre. Cost is measured on drawn
vectors of 384 numbers in heaps of ten, which have no groups, the hardest case: comparing all with all for as many as
are compared so, cells for more; each size in a process of its own, and a line through two sizes told for a million.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.candidates import Pairs, merged
from dedup.cells import CELLS, cell_count, cell_pairs, cells_of, centres, sampled
from dedup.lexical import BANDS, band_pairs, masked_words, sketches
from dedup.semantic import gpus, near_between, near_pairs

RESULTS = Path(__file__).parent / "results" / "neighbours.json"
MILLION = 1_000_000
EXACT = 20_000
LEAST, MOST = 0.8, 8
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


def main(size: int, scale: Sequence[int]) -> None:
    results: dict[str, Any] = {"size": size, "gpus": gpus(), "recall": recall(size)}
    results["exact"] = in_own_process("exact", EXACT)
    results["cells"] = [in_own_process("cells", count) for count in scale]
    for row in [results["exact"], *results["cells"]]:
        print(json.dumps(row))
    if len(scale) > 1:
        results["million"] = line([(row["vectors"], row) for row in results["cells"]], MILLION)
        print(json.dumps(results["million"]))
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


def recall(size: int) -> list[dict[str, Any]]:
    """Of each way to find candidates: recall, pairs a document, CPU-seconds of what comes before the pairs."""
    from benchmarks.dedup_corpus import READABLE, stored
    from dedup.text import read
    from flows.distinct.keys import groups_of
    from pipeline.models.encoder import Encoder

    labelled = stored(size)
    texts = [one.document.text for one in labelled]
    groups = np.array(groups_of([read(text) for text in texts]), dtype=np.uint64)
    same: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(labelled):
        same[one.problem].append(place)
    true = {(a, b) for places in same.values() for a in places for b in places if a < b}
    planted = {place: labelled[place].kind for pair in true for place in pair if labelled[place].kind != "base"}
    rows: list[dict[str, Any]] = []

    def tell(name: str, cpu: float, pairs: Pairs) -> Pairs:
        found = true.intersection(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))
        linked = {place for pair in found for place in pair}
        readable = [place for place, kind in planted.items() if kind in READABLE]
        rows.append(
            {
                "candidates": name,
                "recall": len(linked & planted.keys()) / len(planted),
                "recall_kinds": len(linked.intersection(readable)) / len(readable),
                "pairs_per_document": len(pairs) / size,
                "cpu_seconds": cpu,
            }
        )
        print(json.dumps(rows[-1]))
        return pairs

    everything = np.zeros(size, dtype=np.uint64)
    for masked in (True, False):
        words = [masked_words(text) if masked else text.lower().split() for text in texts]
        for run in (1, 2, 3, 5):
            cpu, told = timed(lambda run=run, words=words: sketches([shingled(each, run) for each in words]))
            for name, of in (("", groups), (", whatever the numbers", everything)):
                shown = f"words by {run}, {'masked' if masked else 'as they are'}{name}"
                tell(shown, cpu, merged([band_pairs(band, told, of) for band in range(BANDS)]))
    cpu, told = timed(lambda: sketches(texts))
    by_words = tell("by words", cpu, merged([band_pairs(band, told, groups) for band in range(BANDS)]))
    encoder = Encoder.load()
    for name, asked in (("texts", texts), ("masked texts", [" ".join(masked_words(text)) for text in texts])):
        cpu, vectors = timed(lambda asked=asked: encoder.vectors(asked).astype(np.float32))
        for least in (0.7, 0.8, 0.9):
            by_sense = tell(f"{name}, cosine {least}", cpu, near_pairs(vectors, least, MOST, groups))
            tell(f"{name}, cosine {least}, whatever the numbers", cpu, near_pairs(vectors, least, MOST))
            tell(f"by words, and {name}, cosine {least}", cpu, merged([by_words, by_sense]))
        short = vectors.astype(np.float16).astype(np.float32)
        error = np.abs(vectors @ vectors.T - short @ short.T).max()
        rows.append({"candidates": f"{name} in float16", "largest_error": float(error)})
        print(json.dumps(rows[-1]))
    return rows


def shingled(words: Sequence[str], run: int) -> str:
    """A text whose words are the runs of words of another."""
    runs = (" ".join(words[place : place + run]) for place in range(max(1, len(words) - run + 1)))
    return " ".join(blake2b(each.encode(), digest_size=8).hexdigest().translate(_LETTERS) for each in runs)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    told = work()
    return time.process_time() - start, told


def heaps(count: int) -> NDArray[np.float32]:
    """Vectors in heaps of ten, as of templates that were filled in."""
    draws = np.random.default_rng(3)
    middles = draws.standard_normal((max(1, count // 10), 384), dtype=np.float32)
    vectors = middles[draws.integers(len(middles), size=count)]
    vectors += 0.45 * draws.standard_normal((count, 384), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def exact(count: int) -> dict[str, Any]:
    vectors = heaps(count)
    cpu, pairs = timed(lambda: near_pairs(vectors, LEAST, MOST))
    return {"method": "exact", "vectors": count, "cpu_seconds": cpu, "pairs": len(pairs), "peak_mb": peak()}


def cells(count: int) -> dict[str, Any]:
    """Every cell; recall against all with all for a few of the vectors."""
    vectors = heaps(count)
    parts = cell_count(count)
    learnt, middle = timed(lambda: centres(vectors[sampled(count, parts, 0)], parts, 0))
    placed, own = timed(lambda: cells_of(vectors, middle))
    compared, pairs = timed(lambda: merged([cell_pairs(cell, own, vectors, LEAST, MOST) for cell in range(parts)]))
    asked = np.arange(0, count, max(1, count // 1000))
    rows, places, _ = near_between(vectors[asked], vectors, LEAST, MOST + 1)
    wanted = {(min(a, b), max(a, b)) for a, b in zip(asked[rows].tolist(), places.tolist(), strict=True) if a != b}
    found = wanted.intersection(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))
    return {
        "method": f"{parts} cells, each vector in {CELLS}",
        "vectors": count,
        "cpu_seconds": learnt + placed + compared,
        "cpu_seconds_of": {"k-means": learnt, "cells of each": placed, "pairs": compared},
        "pairs": len(pairs),
        "recall": len(found) / len(wanted),
        "peak_mb": peak(),
    }


def peak() -> float:
    """MB at most so far; what `resource` says has in it what the parent took before this process began."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def in_own_process(method: str, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.neighbours", "--measure", method, str(count)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(told.strip().splitlines()[-1])
    return found


def line(rows: Sequence[tuple[int, dict[str, Any]]], at: int) -> dict[str, float]:
    """What the costs grow to: CPU by the power of the size that the two last rows show, memory by a line."""
    (small, first), (large, second) = rows[-2:]
    power = float(np.log(second["cpu_seconds"] / first["cpu_seconds"]) / np.log(large / small))
    slope = (second["peak_mb"] - first["peak_mb"]) / (large - small)
    return {
        "vectors": at,
        "power": power,
        "cpu_seconds": second["cpu_seconds"] * (at / large) ** power,
        "peak_mb": second["peak_mb"] + slope * (at - large),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--scale", type=int, nargs="+", default=[100_000, 300_000])
    parser.add_argument("--measure", nargs=2)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps({"exact": exact, "cells": cells}[asked.measure[0]](int(asked.measure[1]))))
    else:
        main(asked.size, asked.scale)
