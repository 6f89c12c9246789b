"""What a method that removes duplicates got right and wrong, given the labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.dedup_corpus import OTHER, READABLE, SAME, Labelled


def scored(documents: Sequence[Labelled], kept: Mapping[str, str]) -> dict[str, Any]:
    """Of `kept`, a removed document's id to the id that it was removed for (which may be removed itself):

    - `precision`: removals whose last kept document is the same problem; `lost`: problems without a survivor.
    - `recall`: duplicates removed rightly, of the documents that are one too many of their problem; `recall_readable`
      of those alone whose kind is in READABLE or who were kept while such a one was there.
    - `found` by kind of SAME, `destroyed` by kind of OTHER: the share that ended up with the base they were made of.
    """
    problem = {one.document.id: one.problem for one in documents}
    last = {name: _last(name, kept) for name in problem}
    right = {name for name in kept if problem[name] == problem[last[name]]}
    excess = len(documents) - len(set(problem.values()))
    joined = Counter(one.kind for one in documents if one.of and last[one.document.id] == last[one.of])
    there = Counter(one.kind for one in documents)
    survivors = {problem[name] for name in problem if name not in kept}
    lost = len(set(problem.values()) - survivors)
    return {
        "documents": len(documents),
        "problems": len(set(problem.values())),
        "removed": len(kept),
        "precision": len(right) / len(kept) if kept else 1.0,
        "recall": len(right) / excess,
        "recall_readable": sum(joined[kind] for kind in READABLE) / sum(there[kind] for kind in READABLE),
        "lost": lost,
        "lost_share": lost / len(set(problem.values())),
        "found": {kind: joined[kind] / there[kind] for kind in SAME if there[kind]},
        "destroyed": {kind: joined[kind] / there[kind] for kind in OTHER if there[kind]},
    }


def _last(name: str, kept: Mapping[str, str]) -> str:
    seen = {name}
    while name in kept and kept[name] not in seen:
        name = kept[name]
        seen.add(name)
    return name
