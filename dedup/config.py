"""The section `dedup` of a run's config."""

from pydantic import ByteSize, Field

from pipeline.config import Section


class DedupConfig(Section):
    """How the tasks of a run are compared; the bytes don't depend on `memory`."""

    memory: ByteSize = Field(
        ByteSize(2_000_000_000),
        ge=1_000_000,
        description="what keys under comparison may take: in this process, or in each worker of a Dask cluster; runs "
        "of more tasks compare them in parts",
    )
