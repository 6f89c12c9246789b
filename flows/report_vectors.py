"""An encoder's vectors of the tasks on the map, kept in the run's folder: encoding takes far longer than the report."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from filters.spaces import Matrix
from pipeline.store.files import read_whole, size, write_whole
from schemas import Task
from schemas.statement import statement_of

NAME = "report-vectors.parquet"


class Embedded(NamedTuple):
    """The vectors (N, D) of some tasks, each of length 1, in their order."""

    encoder: str
    vectors: Matrix


def embedded(url: str, tasks: Sequence[Task], encoder: str | None) -> Embedded | None:
    """The vectors of these tasks by the `encoder`, read where they are known and made where they are not; without one
    those that are there, None where that is not all. Raises ModelError."""
    name, known = _read(f"{url}/{NAME}")
    wanted = [task.id for task in tasks]
    if encoder is None:
        whole = bool(wanted) and set(wanted) <= set(known)
        return Embedded(name, np.stack([known[each] for each in wanted])) if whole else None
    from pipeline.models.encoder import Encoder  # brings torch

    loaded = Encoder.load(encoder, device="auto")
    if loaded.name != name:
        known = {}
    missing = [task for task in tasks if task.id not in known]
    made = loaded.vectors([statement_of(task.prompt) for task in missing]).astype(np.float32)
    known |= zip((task.id for task in missing), made, strict=True)
    found = {each: known[each] for each in wanted}
    if missing or len(found) < len(known):
        _write(f"{url}/{NAME}", loaded.name, found)
    return Embedded(loaded.name, np.stack(list(found.values())).astype(np.float64)) if found else None


def _read(url: str) -> tuple[str, dict[str, Matrix]]:
    """The encoder's name and the vectors by task id; none where there is no such file, or a damaged one."""
    if size(url) is None:
        return "", {}
    try:
        table = pq.read_table(BytesIO(read_whole(url)))
    except pa.ArrowInvalid:
        return "", {}
    vectors = table["vector"].combine_chunks()
    values = vectors.flatten().to_numpy(zero_copy_only=False).astype(np.float64).reshape(len(vectors), -1)
    encoder = (table.schema.metadata or {}).get(b"encoder", b"").decode()
    return encoder, dict(zip(table["id"].to_pylist(), values, strict=True))


def _write(url: str, encoder: str, vectors: Mapping[str, Matrix]) -> None:
    schema = pa.schema(
        [pa.field("id", pa.string()), pa.field("vector", pa.list_(pa.float32()))], metadata={"encoder": encoder}
    )
    table = pa.Table.from_pydict({"id": list(vectors), "vector": list(vectors.values())}, schema=schema)
    written = BytesIO()
    pq.write_table(table, written, compression="zstd")
    write_whole(url, written.getvalue())
