"""A config run again and again: each run has the next number in its name, and a seed drawn from that number."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated

import flows.prefect_defaults  # noqa: F401 - before prefect is imported, which reads the environment then

# isort: split
from prefect import flow
from pydantic import Field

from flows.config import RunConfig
from flows.run import whole_run
from pipeline.lock import BusyError, only_one
from pipeline.seeding import derived_seed
from pipeline.store import StoreError, files, load_run
from schemas import jsontext

FINISHED = "finished.json"
AT_ONCE = 16
"""The most runs of one config that may be under way at a time: how far back an unfinished one is looked for."""


@flow(name="scheduled", flow_run_name="next run of {config.name}")
def scheduled(config: RunConfig, number: Annotated[int, Field(ge=1)] | None = None) -> str:
    """The next run of a config, or the one of that number; returns its folder.

    One that was killed or has failed goes on before the next begins, unless another process is at work on it. Raises
    BusyError where all of them are taken.
    """
    for own in [numbered(config, number)] if number is not None else _candidates(config):
        with ExitStack() as held:
            try:
                held.enter_context(only_one(own.url))
            except BusyError:
                continue
            if number is None and _finished(own):  # since it was looked at, by the process that held it
                continue
            whole_run(own)
            files.write_whole(f"{own.url}/{FINISHED}", jsontext.encoded({"of": config.name, "seed": own.seed}))
            return own.url
    raise BusyError(f"{config.url}: other processes are at work on these runs; wait for one of them, or stop it")


def numbered(config: RunConfig, number: int) -> RunConfig:
    """What the run of that number does: the same tasks to make, drawn by another seed, in another folder."""
    seed = derived_seed(config.seed, "scheduled", number)
    return config.model_copy(update={"name": f"{config.name}-{number:04d}", "seed": seed})


def _candidates(config: RunConfig) -> Iterator[RunConfig]:
    """The last runs that have begun and not finished, oldest first, then new ones."""
    name = re.compile(re.escape(config.name) + r"-(\d{4,9})")
    there = sorted(int(found[1]) for folder in files.subfolders(config.output) if (found := name.fullmatch(folder)))
    for number in there[-AT_ONCE:]:
        if _begun(own := numbered(config, number)) and not _finished(own):
            yield own
    last = there[-1] if there else 0
    for number in range(last + 1, last + 1 + AT_ONCE):
        yield numbered(config, number)


def _begun(own: RunConfig) -> bool:
    """A folder of the same name may be somebody else's, or of this config with another seed."""
    try:
        return load_run(own.url).seed == own.seed
    except StoreError:
        return False


def _finished(own: RunConfig) -> bool:
    return FINISHED in files.sizes(own.url)
