"""The section `dedup` of a run's config."""

from pydantic import ByteSize, Field

from dedup.exact import BYTES_A_KEY
from pipeline.config import Section


class DedupConfig(Section):
    """How the tasks of a run are compared; the bytes don't depend on `memory`."""

    index: str = Field(
        "", description="folder of an index of former runs: their problems are left out, and this run's are put into it"
    )
    memory: ByteSize = Field(
        ByteSize(2_000_000_000),
        ge=BYTES_A_KEY,
        description="what keys under comparison may take: in this process, or in each worker of a Dask cluster; runs "
        "of more tasks compare them in parts",
    )
