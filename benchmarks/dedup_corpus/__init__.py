"""A labelled corpus: distinct problems, planted duplicates of every kind, and planted near-duplicates that are not.

    python -m benchmarks.dedup_corpus 1000        # writes outputs/dedup_corpus/1000-0.parquet and shows its mix

Labels come from how a document was made, never from its text. Of `size` documents, 60 % are distinct problems, the same
number from each source; 23 % are duplicates, the same number of each kind in SAME; 17 % are near-duplicates, the same
number of each kind in OTHER, each with a problem of its own that no other document has. The mix was fixed before any
method was run on it.
"""

from benchmarks.dedup_corpus.planting import OTHER, READABLE, SAME, Labelled, corpus, our_sources
from benchmarks.dedup_corpus.table import stored

__all__ = ["OTHER", "READABLE", "SAME", "Labelled", "corpus", "our_sources", "stored"]
