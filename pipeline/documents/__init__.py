"""Problems out of files, whoever wrote them: Taskmill's runs, or others' JSON lines, Parquet and datasets.

for document in documents_of(["outputs/demo", "benchmark.jsonl", "s3://bucket/data/*.parquet"]):
    print(document.source, document.text)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from pipeline.documents.columns import Columns, document_of
from pipeline.documents.rows import BadRow, DocumentError, Row, refuse, rows_of
from schemas import Document

__all__ = ["BadRow", "Columns", "DocumentError", "Row", "document_of", "documents_of", "refuse", "rows_of"]


def documents_of(
    sources: str | Sequence[str],
    columns: Columns = Columns(),
    bad: Callable[[BadRow], None] = refuse,
    canonical: Callable[[Mapping[str, Any]], str] | None = None,
) -> Iterator[Document]:
    """The problems of these files, in order, a few rows in memory at a time.

    A source is a file (`.jsonl`, `.ndjson`, `.json`, `.parquet`, `.arrow`; JSON also `.gz`, `.bz2`, `.xz`), a
    glob, a folder of such files, a folder that `datasets` saved, the folder of a run (its curriculum, else its unique
    tasks, else its tasks) or of one of its stages; at any fsspec URL. `columns` says which columns to read where they
    are not to be guessed. `bad` is told of each row that is none, and by default raises DocumentError. `canonical`
    says the canonical key of a row that does not say it. Raises StoreError where there is nothing.
    """
    for row in rows_of(sources, bad):
        try:
            document = document_of(row, columns)
        except DocumentError as problem:
            bad(BadRow(row.file, row.number, str(problem)))
            continue
        if canonical is not None and not document.canonical and (key := canonical(row.values)):
            yield replace(document, canonical=key)
        else:
            yield document
