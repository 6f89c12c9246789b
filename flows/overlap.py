"""`taskmill overlap A B`: which problems of one place are also in another."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import get_args

import msgspec
from pydantic import Field
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from filters.contamination import Benchmark, RulesConfig, Usual, benchmark_of, hits, samples, usual_of
from flows.hits import encoder_of
from generators.recognised import canonical_of
from pipeline.config import Section, checked
from pipeline.documents import BadRow, Columns, documents_of
from pipeline.documents.columns import source_name
from pipeline.report.shown import plain
from pipeline.store import StoreError
from pipeline.store.files import write_whole
from pipeline.store.shard import shard_bytes
from schemas import Document, Failure, Hit, HitMethod

_AT_ONCE = 1000
_SHOWN = 20
"""Rows that can't be read and are told one by one."""


class OverlapConfig(Section):
    """How two places are compared."""

    rules: RulesConfig = Field(RulesConfig(), description="when a problem of one is also in the other")
    a: Columns = Field(Columns(), description="columns of the first, if not those that most have")
    b: Columns = Field(Columns(), description="columns of the second")
    examples: int = Field(2, ge=0, le=100, description="hits of each method that are shown")


class UnreadError(Failure):
    """Some rows are no problems that can be read; the others were compared."""


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """What of `a` is in `b`: `problems` were looked for among `items`; `hit` of the problems were found, by `method`
    so many. `items_hit` items were found at least once. `unread` rows of either could not be read."""

    a: str
    b: str
    problems: int
    items: int
    hit: int
    items_hit: int
    methods: dict[str, int]
    unread: int
    examples: list[Hit]

    @property
    def share(self) -> float:
        return self.hit / self.problems if self.problems else 0.0


class _Told:
    """Rows that can't be read: counted, and the first ones said."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, bad: BadRow) -> None:
        self.count += 1
        if self.count <= _SHOWN:
            sys.stderr.write(f"taskmill: {plain(f'{bad.file}:{bad.number}: {bad.problem}')}\n")


def _said_before(bad: BadRow) -> None:
    """Files are read twice, and each row is said once."""


def print_overlap(a: str, b: str, overrides: Sequence[str], *, as_json: bool, out: str) -> None:
    """Compares and prints. Raises UnreadError, when all is said, where rows could not be read."""
    overlap, found = overlap_of(a, b, checked({}, OverlapConfig, overrides))
    if out:
        write_whole(out, shard_bytes(found, Hit)[0])
    if as_json:
        told = msgspec.to_builtins(overlap) | {"share": round(overlap.share, 6)}
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        _print(Console(), overlap)
    if overlap.unread:
        raise UnreadError(
            f"{overlap.unread} rows could not be read and were not compared: mend them, or name their columns by "
            "--set a.text=… and --set b.text=…"
        )


def overlap_of(a: str, b: str, config: OverlapConfig) -> tuple[Overlap, list[Hit]]:
    """What of `a` is in `b`, and every hit; in memory are the items of `b`, and the hits."""
    told = _Told()
    benchmark = benchmark_of(source_name(b), list(documents_of(b, config.b, told, canonical_of)))
    if not benchmark.items:
        raise StoreError(f"{b} has no problems to compare with")
    problems = documents_of(a, config.a, told, canonical_of)
    usual = {benchmark.name: usual_of(samples(problems), benchmark, config.rules.usual)}
    found: list[Hit] = []
    count = 0
    for batch in _batches(documents_of(a, config.a, _said_before, canonical_of)):
        count += len(batch)
        found += _hits(batch, benchmark, usual, config.rules)
    if not count and not told.count:
        raise StoreError(f"{a} has no problems to look for")
    methods = Counter(hit.method for hit in found)
    overlap = Overlap(
        a=a,
        b=b,
        problems=count,
        items=len(benchmark.items),
        hit=len(found),
        items_hit=len({hit.item for hit in found}),
        methods={method: methods[method] for method in get_args(HitMethod)},
        unread=told.count,
        examples=_examples(found, config.examples),
    )
    return overlap, found


def _hits(batch: Sequence[Document], benchmark: Benchmark, usual: dict[str, Usual], rules: RulesConfig) -> list[Hit]:
    return hits(batch, [benchmark], usual, rules, lambda: encoder_of(rules))


def _batches(problems: Iterator[Document]) -> Iterator[list[Document]]:
    while batch := list(islice(problems, _AT_ONCE)):
        yield batch


def _examples(found: Sequence[Hit], most: int) -> list[Hit]:
    return [hit for method in get_args(HitMethod) for hit in [one for one in found if one.method == method][:most]]


def _print(console: Console, overlap: Overlap) -> None:
    table = Table("found by", "problems", "share", title=f"{escape(overlap.a)} in {escape(overlap.b)}")
    for method, count in overlap.methods.items():
        table.add_row(method, f"{count:,}", f"{count / max(1, overlap.problems):.2%}")
    table.add_section()
    table.add_row("all", f"{overlap.hit:,} of {overlap.problems:,}", f"{overlap.share:.2%}")
    console.print(table)
    console.print(f"{overlap.items_hit:,} of the {overlap.items:,} items are there", highlight=False)
    for hit in overlap.examples:
        console.print(
            f"[bold]{hit.method}[/] {hit.score:.2f}  {_shown(hit.id)} is {_shown(hit.item)}: {_shown(hit.reason)}\n"
            f"    [dim]{_shown(hit.excerpt)}[/]",
            highlight=False,
            soft_wrap=True,
        )


def _shown(text: str) -> str:
    return escape(" ".join(plain(text).split()))
