"""What others' packages remove from the corpus, one method a process, in an environment of its own.

    python3.11 -m venv .venv-peers
    .venv-peers/bin/pip install semhash==0.5.0 text-dedup==0.4.0 rensa==0.5.0 datasketch==2.0.0 \\
        faiss-cpu==1.15.1 polars==2.1.0
    .venv-peers/bin/python -P benchmarks/dedup_peers.py METHOD FOLDER

Called by `benchmarks.dedup`. FOLDER holds documents.parquet and vectors.npy (all-MiniLM-L6-v2, the same for all);
METHOD.json is written there. Each with its own defaults: semhash with MiniLM in place of its default encoder, which is
not in a package; text-dedup 0.4.0 because 0.4.1 is not on PyPI.
"""

import hashlib
import json
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

Kept = dict[int, int]
"""A removed row to the row that it was removed for."""


class Corpus(NamedTuple):
    """The texts, their vectors where the method wants them, and the file that the texts are in."""

    texts: list[str]
    vectors: np.ndarray
    path: Path


def exact(corpus: Corpus) -> Kept:
    """SHA-256 of the text in small letters, white space run together."""
    first: dict[str, int] = {}
    kept: Kept = {}
    for row, text in enumerate(corpus.texts):
        key = hashlib.sha256(" ".join(text.lower().split()).encode()).hexdigest()
        if first.setdefault(key, row) != row:
            kept[row] = first[key]
    return kept


def datasketch_default(corpus: Corpus) -> Kept:
    """Words as in its README, MinHash() and MinHashLSH() as they come: 128 permutations, Jaccard 0.9."""
    from datasketch import MinHash, MinHashLSH

    return _datasketch(corpus, MinHashLSH(), MinHash, lambda words: words)


def datasketch_shingles(corpus: Corpus) -> Kept:
    """Runs of three words at Jaccard 0.8, as is usual for prompts."""
    from datasketch import MinHash, MinHashLSH

    def runs(words: list[str]) -> list[str]:
        return [" ".join(words[at : at + 3]) for at in range(max(1, len(words) - 2))]

    return _datasketch(corpus, MinHashLSH(threshold=0.8), MinHash, runs)


def _datasketch(corpus: Corpus, lsh: Any, minhash: Any, tokens: Callable[[list[str]], list[str]]) -> Kept:
    kept: Kept = {}
    for row, text in enumerate(corpus.texts):
        sketch = minhash()
        sketch.update_batch([token.encode() for token in tokens(text.lower().split())])
        if found := lsh.query(sketch):
            kept[row] = min(found)
        else:
            lsh.insert(row, sketch)
    return kept


def rensa(corpus: Corpus) -> Kept:
    """Its README's deduplicator: words, 128 permutations, LSH, sketches compared at 0.8."""
    from rensa import RMinHash, RMinHashDeduplicator

    deduplicator = RMinHashDeduplicator(threshold=0.8, num_perm=128, use_lsh=True)
    kept: Kept = {}
    for row, text in enumerate(corpus.texts):
        sketch = RMinHash(num_perm=128, seed=42)
        sketch.update(text.lower().split())
        if found := deduplicator.get_duplicates(sketch):
            kept[row] = min(map(int, found))
        else:
            deduplicator.add(str(row), sketch)
    return kept


def text_dedup(corpus: Corpus) -> Kept:
    """`python -m text_dedup.minhash` as it comes: runs of five words, 250 permutations, Jaccard 0.7; one process. That
    it leaves out texts of fewer than five words altogether is not held against it."""
    from text_dedup import minhash

    with tempfile.TemporaryDirectory() as folder:
        options = {"path": "parquet", "data_files": str(corpus.path), "split": "train", "cache_dir": f"{folder}/cache",
                   "output": f"{folder}/out", "column": "text", "num_proc": "1"}  # fmt: skip
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        minhash.main.main(arguments, standalone_mode=False)
    roots = [minhash.uf.find(row) for row in range(len(corpus.texts))]
    return {row: root for row, root in enumerate(roots) if root != row}


def semhash(corpus: Corpus) -> Kept:
    """`self_deduplicate()` as it comes: cosine 0.9 by usearch."""
    from semhash import SemHash

    records = [{"row": str(row), "text": text} for row, text in enumerate(corpus.texts)]
    index = SemHash.from_embeddings(corpus.vectors, records, model=None, columns=["text"])  # type: ignore[arg-type]
    result = index.self_deduplicate()
    return {int(one.record["row"]): int(one.duplicate_of["row"]) for one in result.filtered}


def semdedup(corpus: Corpus, epsilon: float) -> Kept:
    """SemDeDup as NeMo Curator does it: spherical k-means, about 200 documents a cell, those far from the centre first;
    one goes that is nearer than 1 - epsilon to one before it."""
    import faiss

    vectors = np.ascontiguousarray(corpus.vectors, dtype=np.float32)
    cells = max(2, len(vectors) // 200)
    kmeans = faiss.Kmeans(vectors.shape[1], cells, niter=20, spherical=True, seed=0, max_points_per_centroid=10**6)
    kmeans.train(vectors)
    near, cell = kmeans.index.search(vectors, 1)
    kept: Kept = {}
    for number in range(cells):
        rows = np.flatnonzero(cell[:, 0] == number)
        rows = rows[np.argsort(near[rows, 0], kind="stable")]
        before = np.triu(vectors[rows] @ vectors[rows].T, k=1)
        for place in np.flatnonzero(before.max(axis=0, initial=0.0) > 1 - epsilon):
            kept[int(rows[place])] = int(rows[before[:, place].argmax()])
    return kept


METHODS: dict[str, Callable[[Corpus], Kept]] = {
    "exact SHA-256": exact,
    "datasketch 2.0.0": datasketch_default,
    "datasketch 2.0.0, 3 words, 0.8": datasketch_shingles,
    "rensa 0.5.0": rensa,
    "text-dedup 0.4.0": text_dedup,
    "semhash 0.5.0, MiniLM": semhash,
    "SemDeDup, eps 0.01": lambda corpus: semdedup(corpus, 0.01),
    "SemDeDup, eps 0.05": lambda corpus: semdedup(corpus, 0.05),
}


def main(method: str, folder: Path) -> None:
    path = folder / "documents.parquet"
    table = pl.read_parquet(path, columns=["id", "text"])
    by_sense = method.startswith(("semhash", "SemDeDup"))
    vectors = np.load(folder / "vectors.npy") if by_sense else np.zeros((0, 0))
    corpus = Corpus(table["text"].to_list(), vectors, path)
    names = table["id"].to_list()
    Path("/proc/self/clear_refs").write_text("5")  # the peak from here on
    at_start, before = _resident("VmRSS"), _cpu()
    kept = METHODS[method](corpus)
    told = {
        "kept": {names[row]: names[other] for row, other in kept.items()},
        "cpu_seconds": _cpu() - before,
        "peak_mb": _resident("VmHWM") - at_start,
    }
    (folder / f"{method}.json").write_text(json.dumps(told))


def _resident(what: str) -> float:
    """MB by /proc: a child's peak by getrusage begins with its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
