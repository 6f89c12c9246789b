"""A config run again and again: each run has the next number in its name, and a seed drawn from that number."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Annotated, Literal

from prefect import flow
from pydantic import Field

from flows.config import RunConfig
from flows.generate import generate
from flows.parameters import RunGiven
from flows.run import whole_run
from pipeline.lock import BusyError, only_one
from pipeline.seeding import derived_seed
from pipeline.store import StoreError, files, load_run, open_run
from schemas import jsontext

FINISHED = "finished.json"
AT_ONCE = 16
"""The most runs of one config that may be under way at a time: how far back an unfinished one is looked for."""

Work = Literal["run", "generate"]


@flow(name="taskmill-scheduled", flow_run_name="next of {config.name}")
def scheduled_flow(config: RunGiven, work: Work = "run", number: Annotated[int, Field(ge=1)] | None = None) -> str:
    """Makes the next run of a config, or goes on with the last where that is unfinished; returns its folder.

    Args:
        config: What a config file says; the run's name and seed are worked out from its own and the number.
        work: All that the config asks for, or generating tasks alone.
        number: That run instead of the next one.
    """
    for own in [numbered(config, number)] if number is not None else candidates(config):
        with ExitStack() as held:
            try:
                held.enter_context(only_one(own.url))
            except BusyError:
                continue
            if number is None and _finished(own):  # since it was looked at, by the process that held it
                continue
            _WORK[work](own)
            files.write_whole(f"{own.url}/{FINISHED}", jsontext.encoded({"of": config.name, "work": work}))
            return own.url
    raise BusyError(f"{config.url}: other processes are at work on these runs; wait for one of them, or stop it")


def numbered(config: RunConfig, number: int) -> RunConfig:
    """What the run of that number does: the same tasks to make, drawn by another seed, in another folder."""
    seed = derived_seed(config.seed, "scheduled", number)
    return config.model_copy(update={"name": f"{config.name}-{number:04d}", "seed": seed})


def candidates(config: RunConfig) -> Iterator[RunConfig]:
    """The last runs that have begun and not finished, oldest first, then new ones."""
    name = re.compile(re.escape(config.name) + r"-(\d{4,9})")
    there = sorted(int(found[1]) for folder in files.subfolders(config.output) if (found := name.fullmatch(folder)))
    for number in there[-AT_ONCE:]:
        if _begun(own := numbered(config, number)) and not _finished(own):
            yield own
    last = there[-1] if there else 0
    for number in range(last + 1, last + 1 + AT_ONCE):
        yield numbered(config, number)


def _generate(config: RunConfig) -> None:
    generate(open_run(config.url, config=config.model_dump(mode="json"), seed=config.seed), config)


_WORK: dict[Work, Callable[[RunConfig], None]] = {"run": whole_run, "generate": _generate}


def _begun(own: RunConfig) -> bool:
    """A folder of the same name may be somebody else's, or of this config with another seed."""
    if not files.subfolders(own.url) and set(files.sizes(own.url)) <= {files.LOCK}:
        return True  # killed before it wrote down what it is
    try:
        return load_run(own.url).seed == own.seed
    except StoreError:
        return False


def _finished(own: RunConfig) -> bool:
    return FINISHED in files.sizes(own.url)
