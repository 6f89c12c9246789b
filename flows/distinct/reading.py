"""The rows of the files, as documents, in shards."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

import msgspec
import pyarrow as pa

from flows.distinct.layout import Layout
from flows.distinct.pieces import there, write_piece
from flows.distinct.rows import as_column, declared
from pipeline.documents import BadRow, Columns, DocumentError, Row, document_of, refuse, rows_of
from pipeline.documents.rows import data_urls
from pipeline.progress import Advance
from pipeline.store import files
from pipeline.store.failures import StoreError
from schemas import Document

ROW = "row"
"""The column that holds a row as it was."""
_TEXTS = ("id", "source", "text", "answer", "canonical")


def digest_of(sources: Sequence[str]) -> str:
    """The hash of all bytes that the sources hold. Raises StoreError where one has nothing."""
    whole = sha256()
    for source in sources:
        for url in data_urls(source):
            try:
                whole.update(f"{url.rpartition('/')[2]}:{files.sha256(url)}\n".encode())
            except FileNotFoundError as error:
                raise StoreError(f"{url} is not there: name files that are") from error
    return whole.hexdigest()


def read_documents(layout: Layout, sources: Sequence[str], columns: Columns, advance: Advance) -> int:
    """Writes the shards that are missing, and says how many documents there are, in whatever shards.

    Raises DocumentError, with file and row, where a row has no text; StoreError where there is nothing to read.
    """
    schema = declared([url for source in sources for url in data_urls(source)])
    count = 0
    for shard, rows in enumerate(_in_shards(rows_of(sources), layout.shard_size)):
        url = layout.documents(shard)
        if not there(url):
            documents = [_document(row, columns) for row in rows]
            parts = {name: pa.array([getattr(each, name) for each in documents], pa.string()) for name in _TEXTS}
            verified = pa.array([each.verified for each in documents], pa.float64())
            column = as_column([row.values for row in rows], schema)
            table = pa.table({**parts, "verified": verified, ROW: column})
            write_piece(url, table.replace_schema_metadata(None if schema is None else schema.metadata))
        count += len(rows)
        advance(len(rows), "")
    if not count:
        raise StoreError(f"{', '.join(sources)}: no rows; name files that have some")
    return count


def documents_in(table: pa.Table) -> list[Document]:
    """The documents of a shard's table."""
    return [msgspec.convert(each, Document) for each in table.select([*_TEXTS, "verified"]).to_pylist()]


def _in_shards(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _document(row: Row, columns: Columns) -> Document:
    try:
        return document_of(row, columns)
    except DocumentError as problem:
        refuse(BadRow(row.file, row.number, str(problem)))
