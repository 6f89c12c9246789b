"""The families of a run: one problem of each, drawn where that can be, with what came of it and how each rung does."""

from collections.abc import Mapping

import msgspec
from markupsafe import Markup

from pipeline.report.blocks import Block, Drawn, Folded, Head, Quote, Words
from pipeline.report.heat import Rung, rung_name
from pipeline.report.html import html_of


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A task of a family. `picture` None: its words alone. `right` and `wrong` are responses, empty where there is
    none; `why` says what was wrong. `rungs`: how each level of the family does."""

    family: str
    level: int
    prompt: str
    answer: str
    picture: Markup | None = None
    right: str = ""
    wrong: str = ""
    why: str = ""
    rungs: Mapping[int, Rung] = {}


_LONGEST = 1000
"""Characters of a response; prompts may have twice as many."""


def gallery_section(shown: tuple[Shown, ...]) -> tuple[Block, ...]:
    """The section's blocks, a family after the other."""
    cards = "".join(f"<article class=card>{html_of(_card(each))}</article>" for each in shown)
    return (Drawn(Markup(f"<div class=gallery>{cards}</div>")),) if shown else ()


def _card(shown: Shown) -> list[Block]:
    words = Quote("", shown.prompt, longest=2 * _LONGEST)
    blocks: list[Block] = [Head(shown.family), Words(rung_name(shown.level))]
    if shown.picture is None:
        blocks.append(words)
    else:
        blocks += [Drawn(shown.picture), Folded("In words", (words,))]
    blocks.append(Folded("A right answer", (Quote("", shown.answer, longest=_LONGEST),)))
    if shown.right:
        blocks.append(Folded("A response that was verified", (Quote("", shown.right, "right", _LONGEST),)))
    if shown.wrong:
        blocks.append(Folded("One that was not", (Quote("", shown.wrong, "wrong", _LONGEST),), aside=shown.why))
    if shown.rungs:
        blocks.append(Drawn(_rungs(shown.rungs)))
    return blocks


def _rungs(rungs: Mapping[int, Rung]) -> Markup:
    """The mean pass rate of each rung as a bar."""
    bars = "".join(
        f'<li><span>{rung_name(level)}</span><span class=track><i style="width:{100 * rung.mean:.0f}%"></i></span>'
        f"<span>{rung.mean:.2f}</span></li>"
        for level, rung in sorted(rungs.items())
    )
    return Markup(f'<p class="soft rungs-head">mean pass rate</p><ul class=rungs>{bars}</ul>')
