"""`taskmill index`: what an index of former runs has, runs that are added to it, and many batches put together."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from dedup.index import Index, IndexFailure, open_index
from flows.seen import add_run
from pipeline.store import StoreError, load_run
from schemas import Task


def print_index(url: str) -> None:
    """What is in an index, the oldest first. Raises IndexFailure where there is none."""
    index = _opened(url)
    batches, size = index.batches(), index.size()
    table = Table("added", "by", "problems", "texts with vectors")
    for batch in batches:
        texts = f"{batch.documents:,}" if batch.documents else ""
        table.add_row(f"{batch.number}", batch.title, f"{batch.keys:,}", texts)
    problems = sum(batch.keys for batch in batches)
    files = f"{size.parts:,} files" if size.parts > 1 else "1 file"
    encoder = f"; vectors of {size.encoder}" if size.encoder else ""
    console = Console()
    console.print(table)
    console.print(f"{problems:,} problems, {size.bytes:,} bytes in {files}{encoder}", highlight=False)


def add_to_index(url: str, runs: Sequence[str]) -> None:
    """Adds the unique tasks of runs to an index, which is made where there is none. Raises StoreError, IndexFailure."""
    index = open_index(url)
    for place in runs:
        run = load_run(place)
        unique = run.sealed("unique", Task)
        if unique is None:
            raise StoreError(
                f"{place}: its unique tasks are not known yet: `taskmill dedup {place}`, then add it again"
            )
        add_run(index, run, place, unique)
    print_index(url)


def merge_index(url: str) -> None:
    """Puts what is in an index together, so that fewer files are looked into. Raises IndexFailure."""
    _opened(url).merge()
    print_index(url)


def _opened(url: str) -> Index:
    index = open_index(url)
    if not index.batches():
        raise IndexFailure(f"{url} has no index yet: a run makes one with dedup.index={url}, or `taskmill index add`")
    return index
