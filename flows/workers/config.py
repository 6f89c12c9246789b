"""The section `runner` of a run's config."""

from typing import Literal, Self

from pydantic import Field, model_validator

from pipeline.config import Section


class RunnerConfig(Section):
    """Where shards are worked on; the bytes don't depend on it."""

    kind: Literal["threads", "processes", "dask"] = Field(
        "processes", description="threads of one process, processes of this machine, or workers of a Dask cluster"
    )
    engines: int = Field(
        1, ge=1, description="processes that hold the model, each a whole copy of it; 1 is the run's own process"
    )
    address: str = Field(
        "", description="Dask's scheduler, such as tcp://10.0.0.5:8786; empty: a cluster on this machine for the run"
    )
    resources: dict[str, float] = Field(
        {}, description="what a Dask worker must offer to hold the model, such as {GPU: 1}; empty: any worker does"
    )
    wait: float = Field(60.0, gt=0, description="seconds to wait for a Dask worker while there is none that is needed")

    @model_validator(mode="after")
    def _fits_the_kind(self) -> Self:
        if self.engines > 1 and self.kind != "processes":
            raise ValueError(
                "engines: only for kind processes; with threads the run's own process holds the model, with dask each "
                "worker that offers the resources"
            )
        for name in ("address", "resources"):
            if getattr(self, name) and self.kind != "dask":
                raise ValueError(f"{name}: only for kind dask; leave out, or say kind: dask")
        if self.resources and not self.address:
            raise ValueError("resources: only with address: workers on this machine all hold the model")
        if any(amount <= 0 for amount in self.resources.values()):
            raise ValueError("resources: amounts above 0, such as {GPU: 1}")
        return self
