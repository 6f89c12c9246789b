"""The index of what was seen in all runs so far: keys, decided exactly, and documents by the nearness of vectors."""

from dedup.index.entries import Batch
from dedup.index.failures import IndexFailure
from dedup.index.former import FormerRuns, noted
from dedup.index.index import Index, open_index
from dedup.index.vectors import Neighbours

__all__ = ["Batch", "FormerRuns", "Index", "IndexFailure", "Neighbours", "noted", "open_index"]
