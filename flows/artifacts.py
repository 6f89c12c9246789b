"""What Prefect's pages show of a flow: tables, the report, a picture, how far it is. Outside a flow run there is none.

A server that can't take them is no reason to fail: what they show is in the run's folder.
"""

import re
import sys
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import UUID

import httpx
from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.context import FlowRunContext
from prefect.exceptions import PrefectException

from pipeline.progress import Advance
from pipeline.progress import progress as said
from pipeline.report.charts import histogram
from pipeline.report.page import Report, markdown
from pipeline.store import Stage
from schemas.redaction import redacted

SECONDS_BETWEEN_UPDATES = 5.0

_PLAIN = "text{font:12px sans-serif;fill:#1b2330}.chart-title{font-weight:600}.bar{fill:#1f5fa6}.axis{stroke:#d9dfe7}"
"""The colours of a picture that stands alone, without the report's style sheet."""


def show_report(report: Report, url: str) -> None:
    """The way of the data as a table, the report as text, a link to its page, and the pass rates as a picture."""
    with _shown() as wanted:
        if not wanted:
            return
        stops = [{"stop": stop.name, "count": stop.count, "note": stop.note} for stop in report.stops]
        if stops:
            funnel = f"{report.title}: way of the data"
            create_table_artifact(stops, key=_key(report.title, "funnel"), description=funnel)
        create_markdown_artifact(markdown(report), key=_key(report.title, "report"))
        page = f"{url}/report.html"
        link = page if "://" in page else Path(page).absolute().as_uri()
        create_link_artifact(link, "report.html", key=_key(report.title, "page"), description=f"the page: {page}")
        rates = [rate for family in report.pass_rates.values() for rate in family]
        if rates:
            create_image_artifact(
                _picture(histogram(rates, "pass rates of all tasks")),
                key=_key(report.title, "pass-rates"),
                description="how many tasks have which share of right answers",
            )


def show_stages(title: str, stages: Iterable[Stage[Any]]) -> None:
    """What a flow made, stage by stage."""
    with _shown() as wanted:
        if wanted:
            infos = [(stage, stage.shards()) for stage in stages]
            rows = [
                {"stage": stage.name, "shards": len(shards), "rows": sum(info.rows for info in shards), "at": stage.url}
                for stage, shards in infos
            ]
            create_table_artifact(rows, key=_key(title, "stages"), description=f"{title}: what this flow made")


@contextmanager
def progress(title: str, total: int, unit: str) -> Iterator[Advance]:
    """Shows how far `title` is on stderr, and in a flow run on Prefect's pages too."""
    with said(title, total, unit) as advance, _followed(title, total, unit) as follow:

        def both(count: int, note: str) -> None:
            advance(count, note)
            follow(count, note)

        yield both


@contextmanager
def _followed(title: str, total: int, unit: str) -> Iterator[Advance]:
    artifact: UUID | None = None
    with _shown() as wanted:
        if wanted and total:
            made = create_progress_artifact(0.0, key=_key(title, "progress"), description=f"{title}: 0 of {total}")
            artifact = made if isinstance(made, UUID) else None
    done, told, text, lock = 0, time.monotonic(), "", Lock()

    def follow(count: int, note: str, least: float = SECONDS_BETWEEN_UPDATES) -> None:
        nonlocal done, told, text
        with lock:
            done, now = done + count, time.monotonic()
            text = f"{title}: {done:,} of {total:,} {unit}{f' ({note})' if note else ''}"
            due, share = now - told >= least, 100.0 * min(1.0, done / max(1, total))
            told = now if due else told
        if artifact is not None and due:
            with _shown():
                update_progress_artifact(artifact, share, description=text)

    yield lambda count, note: follow(count, note)
    follow(0, "", least=0.0)


@contextmanager
def _shown() -> Iterator[bool]:
    """Whether there is a flow run to show something of; what its server refuses is said."""
    try:
        yield FlowRunContext.get() is not None
    except (httpx.HTTPError, PrefectException) as problem:
        sys.stderr.write(f"Prefect's pages can't show this: {redacted(str(problem)) or type(problem).__name__}\n")


def _key(title: str, kind: str) -> str:
    """What Prefect takes for a key: small letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", f"{title[:100].lower()}-{kind}").strip("-")


def _picture(chart: str) -> str:
    """An SVG as an address that holds it, on white."""
    ground = f'<style>{_PLAIN}</style><rect width="100%" height="100%" fill="#fff"/>'
    alone = chart.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1).replace(">", f">{ground}", 1)
    return f"data:image/svg+xml;base64,{b64encode(alone.encode()).decode()}"
