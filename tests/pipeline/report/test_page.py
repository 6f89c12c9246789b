"""The report page and its Markdown from plain data: whatever the texts are, they are text and bounded."""

import doctest
import json
import re
from html.parser import HTMLParser
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import Markup

from pipeline.report import markdown as markdown_module
from pipeline.report.blocks import Table
from pipeline.report.browser import MOST_BYTES, Asked, Browser, Response, embedded
from pipeline.report.contamination import BenchmarkHits, Contamination, HitShown
from pipeline.report.costs import Costs
from pipeline.report.curves import Chart
from pipeline.report.diversity import CommonWords, Diversity, FamilyVariety
from pipeline.report.drawing import Board, Cell, drawn
from pipeline.report.funnel import Stop
from pipeline.report.gallery import Shown
from pipeline.report.heat import Rung
from pipeline.report.html import html_of
from pipeline.report.loop import Loop, LoopCell, LoopRound, Setting
from pipeline.report.models import ModelRow, Models
from pipeline.report.page import SECTIONS, Report, markdown, page
from pipeline.report.reliability import Predicted
from pipeline.report.removed import RemovedTasks, Twin
from pipeline.report.rounds import Count, Rounds
from pipeline.report.shown import LONGEST, harmless, plain
from pipeline.report.taskmap import Spot, TaskMap
from pipeline.report.training import Note, Training
from pipeline.report.training import Shown as Sample

NASTY = (
    "</script><script>",
    "<!--",
    "]]>",
    '" onload="x',
    "' x='",
    "{{ 7 }}",
    "{% x %}",
    "&lt;",
    "\u202e",
    "|",
    "`" * 9,
)
texts = st.lists(st.text(max_size=12) | st.sampled_from(NASTY), max_size=4).map("".join)


def report(text: str) -> Report:
    """A report with every section, whose every text is that one."""
    name = f"x{text}"
    rung = Rung(graded=4, in_band=2, mean=0.5)
    model = ModelRow(
        name=name, samples=9, pass_rate=0.5, ability=0.1, low=0.0, high=0.2, infit=1, outfit=1, off=0, holds=False
    )
    picture = drawn([Board(rows=((Cell(name, "given"),),), below=name)], name)
    numbers: dict[str, Any] = dict.fromkeys(LoopRound.__struct_fields__, 0.5) | {"most": 4}
    response = Response(task=0, verdict=name, line=name, extracted=name, text=name, right=False)
    return Report(
        title=name,
        facts={name: name},
        summary={name: name},
        config=name,
        stops=(Stop(name=name, count=3, note=name), Stop(name=name, count=2, note=name, lost={name: 1})),
        pass_rates={name: [0.5]},
        decisions={name: {"in_band": 1}},
        rungs={name: {1: rung}},
        calibration=Predicted(curves={name: [(0.5, 0.5, 2)]}, scores={name: name}),
        rounds=Rounds(rounds=(Count(made=2, graded=2, in_band=1),), expected=(0.5,), cells={name: (Count(),)}),
        predicted=Predicted(curves={name: [(0.5, 0.5, 2)]}, scores={name: name}),
        models=Models(rows=(model, model), rates={name: [0.5, None]}, strong=name, weak=name, gap=0.1),
        removed=RemovedTasks(
            of=4,
            counts={"canonical": 1, name: 1},
            copies={2: 1},
            examples={
                method: (
                    Twin(family=name, level=1, score=1.0, reason=name, left_out=name, kept_id=name, kept=kept),
                )
                for method, kept in (("canonical", name), (name, ""))
            },
        ),
        contamination=Contamination(
            benchmarks=(BenchmarkHits(name=name, items=9, found=1, tasks=2, methods={"near": 2}),),
            tasks=10,
            dropped=True,
            examples=(
                HitShown(
                    family=name, level=1, benchmark=name, item=name, method="near", score=0.5, reason=name, task=name,
                    excerpt=name,
                ),
            ),
        ),
        diversity=Diversity(
            measures={name: name},
            families=(
                FamilyVariety(family=name, made=3, distinct=2, problems=2.5, new=9.0, template=0.5, nearest=None),
            ),
            nearest={name: [(0.0, 0.1), (1.0, 0.2)]},
            templates=(CommonWords(family=name, share=0.5, text=name),),
            rule=name,
        ),
        task_map=TaskMap(spots=(Spot(x=0, y=0, family=name, level=1, rate=0.5),), rule=name, held=0.5),
        gallery=(
            Shown(
                family=name, level=1, prompt=name, answer=name, picture=picture, right=name, wrong=name, why=name,
                rungs={1: rung},
            ),
        ),
        costs=Costs(facts={name: {"cpu_seconds": 2.0, "tokens": 3.0}}),
        loop=Loop(
            rounds=tuple(LoopRound(**(numbers | {"number": number, "model": name})) for number in range(2)),
            plans=((LoopCell(name=name, tasks=1, failed=0.5, accuracy=0.5, slope=0.1, expected=0.5, weak=True),),),
            pilots=((Setting(temperature=1, samples=2, balance=0.5, pass_at_1=0.5, chosen=True),),),
            warned=((1, name, name),),
            asked=2,
            ended=False,
        ),
        reasons={name: 1},
        browser=Browser(
            asked=(Asked(family=name, level=1, prompt=name, answer=name),), responses=(response,), rule=name
        ),
        training=Training(
            summary={name: name},
            notes=(Note(step=1, rule=name, sentence=name, stop=False),),
            splits=((name,), (name,)),
            cells=((name,), (name,)),
            charts=(Chart(title=name, note=name, lines={name: [(1.0, 0.5)]}, marks=[(1.0, name)]),),
            samples={1: (Sample(place=name, line=name, right=True, prompt=name, answer=name, text=name),)},
        ),
    )  # fmt: skip


class Outline(HTMLParser):
    """The elements of a page with the names of their attributes, in order; `scripts` is what stands in scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, ...]] = []
        self.scripts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, *(name for name, _ in attributes)))
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self.elements.append((f"/{tag}",))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script":
            self.scripts[-1] += data

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment",))


PLAIN = Outline(page(report("")))


@settings(max_examples=60, deadline=None)
@given(texts)
def test_no_text_is_ever_more_than_text(text: str) -> None:
    told = Outline(page(report(text)))
    assert told.elements == PLAIN.elements
    data, script = told.scripts
    assert script == PLAIN.scripts[1]
    assert json.loads(data)["rollouts"][0][4] == harmless(f"x{text}")


def test_every_section_is_there_and_in_the_contents_when_it_has_something_to_tell() -> None:
    whole = report("")
    html = page(whole)
    for section in SECTIONS:
        assert f'<a href="#{section.anchor}">{section.title}</a>' in html
        assert f'<section id="{section.anchor}"' in html
    bare = page(Report(title="bare", facts={}, summary={}, config=""))
    assert "<section" not in bare
    assert "<script" not in bare


@settings(max_examples=60, deadline=None)
@given(texts)
def test_in_markdown_a_text_stays_in_its_cell_and_adds_no_line_or_markup(text: str) -> None:
    told, bare = markdown(report(text)), markdown(report(""))
    assert kinds(told) == kinds(bare)
    rows, shape = ([line for line in whole.split("\n") if line.startswith("|")] for whole in (told, bare))
    assert [bars(row) for row in rows] == [bars(row) for row in shape]
    assert "<" not in told


def kinds(told: str) -> list[str]:
    """What each line is by its beginning: a heading of some level, a row, a note, or words."""
    return [found[0] if (found := re.match(r"#+|[|>]", line)) else "words" for line in told.split("\n") if line]


def bars(row: str) -> int:
    """The bars of a row that divide cells."""
    return row.replace("\\\\", "").replace("\\|", "").count("|")


@given(st.lists(texts.map(lambda text: text * 400), min_size=1, max_size=8))
@settings(max_examples=15, deadline=None)
def test_what_is_embedded_is_bounded_and_can_be_read_back(made: list[str]) -> None:
    browser = Browser(
        asked=tuple(Asked(family="f", level=1, prompt=text, answer=text) for text in made),
        responses=tuple(
            Response(task=place, verdict="wrong", line="", extracted=None, text=text, right=False)
            for place, text in enumerate(made)
        )
        * 60,
        rule="",
    )
    data, kept = embedded(browser)
    assert len(data.encode()) <= MOST_BYTES + 2 * len(browser.responses) + 100
    assert not {"<", ">", "&"} & set(data)
    read = json.loads(data)
    assert len(read["rollouts"]) == kept > 0
    for (task, _, _, _, text, _), response in zip(read["rollouts"], browser.responses, strict=False):
        assert text == harmless(response.text)
        assert read["tasks"][task][2] == harmless(made[response.task])


def test_long_texts_are_cut_in_the_middle_and_the_page_stays_small() -> None:
    long = report("<" * 2_000_000)
    told = page(long)
    assert len(told.encode()) < 3_000_000
    assert len(harmless("a" * 10 * LONGEST)) < LONGEST + 100
    assert plain("a\u202eb\x00") == "a\ufffdb\u2400"


def test_a_large_table_is_shown_in_part_and_says_so() -> None:
    told = html_of([Table(heads=("",) * 70, rows=(("x",) * 70,) * 2000)])
    assert told.count("<tr>") == 501
    assert "Left out here: 1,500 rows and 10 columns." in told
    assert "Left out" not in html_of([Table(rows=(("a", "b"),))])


def test_the_examples_are_true() -> None:
    result = doctest.testmod(markdown_module)
    assert result.attempted
    assert not result.failed


def test_a_picture_that_is_none_shows_the_words() -> None:
    shown = Shown(family="f", level=0, prompt="what is 1 + 1?", answer="2")
    html = page(Report(title="t", facts={}, summary={}, config="", gallery=(shown,)))
    assert "what is 1 + 1?" in html
    assert "In words" not in html
    assert isinstance(drawn([Board(rows=((Cell("1"),),))], "b"), Markup)


def test_a_family_that_repeats_itself_is_named_and_one_that_does_not_is_not() -> None:
    known = FamilyVariety(family="logic.dry", made=2000, distinct=77, problems=77, new=0.0, template=None, nearest=None)
    fresh = msgspec.structs.replace(known, family="logic.fresh", distinct=1990, problems=1e6, new=0.99)
    few = msgspec.structs.replace(known, family="logic.few", made=5, distinct=2)
    diversity = Diversity(measures={}, families=(fresh, few, known), nearest={}, templates=(), rule="")
    told = markdown(Report(title="t", facts={}, summary={}, config="", diversity=diversity))
    assert "> **runs dry** logic.dry: 77 problems in 2,000 tasks; of the next ones 0% would be new." in told
    assert told.count("runs dry") == 1


def test_no_benchmark_asked_for_is_not_told_as_none_found() -> None:
    asked = BenchmarkHits(name="gsm", items=9, found=0, tasks=0, methods={})
    told, silent = (
        markdown(Report(title="t", facts={}, summary={}, config="", contamination=contamination))
        for contamination in (
            Contamination(benchmarks=(asked,), tasks=40, dropped=False),
            Contamination(benchmarks=(), tasks=40, dropped=False),
        )
    )
    assert "| gsm | 9 | 0 | 0 | 0.00% | – |" in told
    assert "No benchmark was asked for" in silent
    assert "40" not in silent
    assert "No benchmark" not in told


def test_without_rollouts_the_map_is_coloured_by_the_levels_that_there_are() -> None:
    spots = tuple(Spot(x=0, y=0, family="f", level=level, rate=None) for level in (1, 4, 1))
    told = page(Report(title="t", facts={}, summary={}, config="", task_map=TaskMap(spots=spots, rule="", held=0.5)))
    shown = re.findall(r'swatch (shade-\d)"></i>(level \d)', told)
    assert shown == [("shade-0", "level 1"), ("shade-4", "level 4")]
    assert told.count('<circle class="shade-0"') == 2
    assert told.count('<circle class="shade-4"') == 1
