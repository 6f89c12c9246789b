"""The report of a loop: a table in the terminal, and the page beside its lineage."""

from pathlib import Path

import yaml
from rich.box import SIMPLE_HEAVY
from rich.console import Console
from rich.table import Table

from flows.loop.lineage import LineageError, read_lineage
from flows.loop.told import told_of
from pipeline.report.loop import HEADS, Loop, loop_rows, round_row
from pipeline.report.page import Report, markdown, page
from pipeline.store.files import write_whole


def loop_report(folder: str) -> Report:
    """Raises LineageError where no loop has begun there."""
    lineage = read_lineage(folder)
    if lineage is None or not lineage.evaluation:
        raise LineageError(f"{folder} has no loop that has begun: start it with `taskmill rounds`, then ask again")
    loop = told_of(folder, lineage)
    base = lineage.base
    return Report(
        title=str(lineage.config["name"]),
        facts={"seed": str(lineage.config["seed"])} | ({} if base is None else {"begun from": base.name}),
        summary=dict(loop_rows(loop)),
        loop=loop,
        config=yaml.safe_dump(lineage.config, sort_keys=False, allow_unicode=True),
    )


def print_loop(folder: str, *, md: bool = False) -> Report:
    """Writes `report.html` into the loop's folder, with `md` `report.md` too, prints its rounds, gives the report."""
    report = loop_report(folder)
    assert report.loop is not None
    texts = {f"{folder}/report.html": page(report)} | ({f"{folder}/report.md": markdown(report)} if md else {})
    console = Console()
    console.print(loop_table(report.title, report.loop))
    for path, text in texts.items():
        write_whole(path, text.encode())
        console.print(f"report  {path.removeprefix(f'{Path.cwd()}/')}", soft_wrap=True, highlight=False)
    return report


def loop_table(title: str, loop: Loop) -> Table:
    """A line a round, and what to notice under it."""
    table = Table(
        title=f"{title}: round by round", title_justify="left", box=SIMPLE_HEAVY, collapse_padding=True, pad_edge=False
    )
    for head in HEADS:
        table.add_column(head, justify="right", no_wrap=True)
    for each in loop.rounds:
        table.add_row(*round_row(each))
    told = [f"{name}: {value}" for name, value in loop_rows(loop).items()]
    table.caption, table.caption_justify = "\n".join(told), "left"
    return table
