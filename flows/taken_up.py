"""A run's folder taken up again: its config, held against other processes, and which of its stages are finished."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from flows.config import RunConfig, config_of
from pipeline.lock import only_one
from pipeline.store import Run, Stage, StoreError, load_run, open_run

RecordT = TypeVar("RecordT", bound=msgspec.Struct)


@contextmanager
def taken_up(url: str) -> Iterator[tuple[Run, RunConfig]]:
    """The run of that folder or URL with its config. Raises StoreError where there is none, BusyError, ConfigError."""
    with only_one(url):
        run = load_run(url)
        config = config_of(run)
        yield open_run(run.url, config=config.model_dump(mode="json"), seed=config.seed), config


def finished(stage: Stage[RecordT], command: str) -> Stage[RecordT]:
    """The stage, whole. Raises StoreError, with the command that makes it, where shards are missing."""
    if missing := stage.missing():
        raise StoreError(
            f"{stage.run_url} lacks {len(missing)} of the {stage.count} shards of {stage.name} that its config asks "
            f"for: `{command}` makes them"
        )
    return stage
