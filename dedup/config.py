"""The section `dedup` of a run's config."""

from typing import Any

from pydantic import ByteSize, Field, ValidationError, ValidatorFunctionWrapHandler, field_validator

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

    @field_validator("memory", mode="wrap")
    @classmethod
    def _bytes(cls, value: Any, read: ValidatorFunctionWrapHandler) -> Any:
        try:
            return read(value)
        except ValidationError:
            raise ValueError(f"bytes with a unit, such as 2GB or 500MiB, {BYTES_A_KEY} at least") from None
