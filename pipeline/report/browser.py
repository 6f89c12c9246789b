"""The rollout browser: a bounded sample of responses inside the page, to be searched and read there."""

import json
from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Words
from pipeline.report.html import html_of, safe
from pipeline.report.shown import harmless

MOST_BYTES = 1_400_000
"""Of the texts inside the page."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A task that responses answer."""

    family: str
    level: int
    prompt: str
    answer: str


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """One rollout: `task` is its place among the tasks asked, `verdict` the verifier's reason, `line` what is to be
    known of it in a line, `extracted` what was read as its answer, None where nothing was."""

    task: int
    verdict: str
    line: str
    extracted: str | None
    text: str
    right: bool


class Browser(msgspec.Struct, frozen=True, kw_only=True):
    """The responses in the order in which they are kept where not all have room; `rule` says how they were chosen."""

    asked: tuple[Asked, ...]
    responses: tuple[Response, ...]
    rule: str


def browser_section(browser: Browser) -> tuple[Block, ...]:
    """The section's blocks, none where there is no response."""
    if not browser.responses:
        return ()
    data, kept = embedded(browser)
    rule = browser.rule
    if kept < len(browser.responses):
        rule += f" Only the first {kept:,} of them have room here."
    verdicts = sorted({response.verdict for response in browser.responses})
    families = sorted({each.family for each in browser.asked})
    levels = sorted({each.level for each in browser.asked})
    filters = (
        _select("family", "Family", [(name, name) for name in families])
        + _select("level", "Level", [(str(level), str(level) if level else "own") for level in levels])
        + _select("verdict", "Verdict", [(name, name) for name in verdicts])
    )
    drawn = (
        "<div class=filters role=search><label>Search <input type=search id=rollout-text placeholder='words in prompt, "
        f"response or verdict'></label>{filters}</div><p id=rollout-count class=soft aria-live=polite></p>"
        "<div id=rollout-list></div><button id=rollout-more type=button hidden>Show more</button>"
        "<noscript><p class=note>Searching needs JavaScript, which is off here.</p></noscript>"
        f"<script type=application/json id=rollout-data>{data}</script>"
    )
    return (Drawn(Markup(f"<div class=browser>{html_of([Words(rule)])}{drawn}</div>")),)


def embedded(browser: Browser) -> tuple[str, int]:
    """JSON that may stand in a script element whatever the texts are, and how many responses it holds."""
    places: dict[int, int] = {}
    tasks: list[str] = []
    rows: list[str] = []
    size = 0
    for response in browser.responses:
        task = browser.asked[response.task]
        asked = "" if response.task in places else _json([task.family, task.level, *_plain(task.prompt, task.answer)])
        extracted = None if response.extracted is None else harmless(response.extracted)
        told = [*_plain(response.verdict, response.line), extracted, harmless(response.text), response.right]
        row = _json([places.setdefault(response.task, len(places)), *told])
        size += len(asked.encode()) + len(row.encode())
        if size > MOST_BYTES:
            break
        if asked:
            tasks.append(asked)
        rows.append(row)
    return f'{{"tasks":[{",".join(tasks)}],"rollouts":[{",".join(rows)}]}}', len(rows)


def _plain(*texts: str) -> list[str]:
    return [harmless(text) for text in texts]


def _json(value: Sequence[object]) -> str:
    """No `<`, `>` or `&` stands in it, so nothing can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _select(name: str, title: str, options: Sequence[tuple[str, str]]) -> str:
    inside = "".join(f'<option value="{safe(value)}">{safe(text)}</option>' for value, text in options)
    return f'<label>{title} <select id="rollout-{name}"><option value="">all</option>{inside}</select></label>'
