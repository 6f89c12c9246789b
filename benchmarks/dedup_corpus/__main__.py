"""Writes the corpus of a size, and shows its mix with an example of each kind."""

import sys
from collections import Counter

from benchmarks.dedup_corpus import stored


def main(size: int) -> None:
    documents = stored(size)
    by_id = {one.document.id: one for one in documents}
    sources = {one.document.source for one in documents}
    print(f"{size:,} documents of {len(sources)} sources, {len({one.problem for one in documents}):,} problems")
    for kind, number in Counter(one.kind for one in documents).most_common():
        example = next(one for one in documents if one.kind == kind)
        print(f"\n== {kind}: {number:,}, e.g. of {example.document.source}")
        for one in [*([by_id[example.of]] if example.of else []), example]:
            print(f"-- {one.document.text[:600]}\n   [{one.document.answer[:80]}]")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
