"""The problems of former runs, by an index: what is `Known` to a run that compares its tasks, and noted by it."""

from dataclasses import dataclass

import msgspec
import polars as pl

from dedup.index.index import Index
from pipeline.store.checked import checked, with_check
from pipeline.store.failures import StoreError
from pipeline.store.files import read_whole, write_whole
from schemas import jsontext


@dataclass(frozen=True)
class FormerRuns:
    """Batches of an index; one of `dedup.exact.Known`. Picklable."""

    index: Index
    batches: tuple[str, ...]

    @property
    def key(self) -> object:
        return self.batches

    def __call__(self, canonical: pl.Series) -> pl.DataFrame:
        found = self.index.seen(canonical.to_arrow(compat_level=pl.CompatLevel.oldest()), self.batches)
        titles = self.index.titles() if found.height else {}
        return found.select("place", "id", seen_in=pl.col("batch").replace_strict(titles, return_dtype=pl.String))


class _Noted(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a run: which batches of which index it compares with."""

    index: str
    batches: tuple[str, ...]


def noted(index: Index, place: str, source: str) -> FormerRuns:
    """What the file at `place` says is compared with. Where there is none, what the index has now, without what comes
    from the `source`; it is then written down there. Raises IndexFailure, StoreError."""
    found = None
    try:
        found = checked(read_whole(place), _Noted)
    except FileNotFoundError:
        pass
    except msgspec.DecodeError as problem:
        raise StoreError(
            f"{place} is damaged ({problem}): delete it, and the run asks the index as it is now; what was compared "
            "with it before is then made anew"
        ) from None
    if found is None or found.index != index.url:
        found = _Noted(index=index.url, batches=index.snapshot(but=source))
        write_whole(place, jsontext.encoded(with_check(found)) + b"\n")
    return FormerRuns(index, found.batches)
