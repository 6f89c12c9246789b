"""The page of a run in a browser: it shows what the run made, searches, and asks nothing of anybody."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser as Chromium

from flows.report import report_of, report_run
from flows.report_found import found_in
from flows.report_sampled import picture_of
from pipeline.report.page import Report
from pipeline.store import load_run
from schemas import Task
from tests.browser import DESKTOP, PHONE, Opened, Scheme, chromium, opened, pdf_text
from tests.flows.graded_run import HOSTILE, made_run, tasks_run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = made_run(tmp_path_factory.mktemp("run"), on_hit="flag")
    report_run(run.url, md=True)
    return Path(run.url)


@pytest.fixture(scope="module")
def report(folder: Path) -> Report:
    return report_of(found_in(load_run(str(folder))))


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def page(browser: Chromium, folder: Path) -> Iterator[Opened]:
    with opened(browser, folder / "report.html") as seen:
        yield seen


@pytest.fixture
def search(page: Opened) -> Iterator[Opened]:
    yield page
    for name in ("family", "level", "verdict"):
        page.page.select_option(f"#rollout-{name}", "")
    page.page.fill("#rollout-text", "")


def found(page: Opened) -> int:
    told = re.fullmatch(r"(\d+) of (\d+) rollouts", page.text("#rollout-count"))
    assert told is not None
    return int(told[1])


@pytest.mark.parametrize(
    ("width", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESKTOP, "light"), (DESKTOP, "dark")]
)
def test_at_any_width_it_logs_nothing_asks_for_nothing_scrolls_nowhere_and_can_be_read(
    browser: Chromium, folder: Path, width: int, scheme: Scheme
) -> None:
    with opened(browser, folder / "report.html", width=width, scheme=scheme) as seen:
        assert (seen.console, seen.errors, seen.outside) == ([], [], [])
        assert seen.overflow() == 0
        assert seen.faint() == []


def test_it_tells_the_way_of_the_data_and_what_was_lost(page: Opened, report: Report) -> None:
    told = " ".join(page.text("#way").split())
    for stop in report.stops:
        assert f"{stop.name} {stop.count:,}" in told
        assert all(f"−{count:,} {reason}" in told for reason, count in stop.lost.items())
    tasks = [stop for stop in report.stops if stop.counts == "tasks"]
    assert len(tasks) == 4
    for above, below in pairwise(tasks):
        assert above.count - below.count == sum(below.lost.values()) > 0 or above.count == below.count


def test_the_contents_lead_to_every_section(page: Opened) -> None:
    titles = page.evaluate("[...document.querySelectorAll('main h2')].map((head) => head.textContent)")
    assert page.evaluate("[...document.querySelectorAll('nav a')].map((link) => link.textContent)") == titles
    assert page.evaluate("[...document.querySelectorAll('nav a')].every((link) => document.querySelector(link.hash))")
    assert {"Yield by family and level", "Diversity map", "Families", "Rollouts to read"} <= set(titles)


def test_every_family_has_its_picture_or_its_words_and_its_rungs(page: Opened, report: Report) -> None:
    assert page.evaluate("document.querySelectorAll('.card').length") == len(report.gallery) == 9
    drawn = page.evaluate("[...document.querySelectorAll('.card:has(.figures) h3')].map((head) => head.textContent)")
    assert "grids.sudoku" in drawn
    assert "arithmetic.chain" not in drawn
    assert "level 2" in page.text(".card:has(h3:text('grids.sudoku')) .rungs")


def test_search_and_filters_show_just_the_rollouts_that_fit(search: Opened, report: Report) -> None:
    assert report.browser is not None
    asked, made = report.browser.asked, report.browser.responses
    assert found(search) == len(made) == 300
    search.page.select_option("#rollout-family", "strings.word_sorting")
    own = [each for each in made if asked[each.task].family == "strings.word_sorting"]
    assert found(search) == len(own)
    search.page.select_option("#rollout-verdict", "correct")
    assert found(search) == sum(each.verdict == "correct" for each in own) > 0
    search.page.select_option("#rollout-level", "2")
    assert found(search) == sum(each.verdict == "correct" and asked[each.task].level == 2 for each in own)
    search.page.fill("#rollout-text", "no such words anywhere")
    assert found(search) == 0
    assert search.text("#rollout-list") == ""


def test_words_are_searched_in_any_order_and_case_and_more_are_shown_when_asked(search: Opened) -> None:
    search.page.fill("#rollout-text", "SUDOKU Solve")
    few = found(search)
    search.page.fill("#rollout-text", "solve sudoku")
    assert found(search) == few > 0
    search.page.fill("#rollout-text", "")
    assert search.evaluate("document.querySelectorAll('#rollout-list details').length") == 25
    search.page.click("#rollout-more")
    assert search.evaluate("document.querySelectorAll('#rollout-list details').length") == 50


def test_what_is_hostile_is_shown_as_text(search: Opened, folder: Path) -> None:
    search.page.fill("#rollout-text", "stolen")
    assert found(search) == 2
    for place in range(2):
        search.page.locator("#rollout-list summary").nth(place).click()
    told = search.text("#rollout-list")
    assert HOSTILE[0] in told
    assert HOSTILE[1] in told
    search.page.fill("#rollout-text", "round")
    search.page.locator("#rollout-list summary").first.click()
    assert "\u202e" not in search.evaluate("document.body.textContent")
    assert "\ufffdturned round\ufffd" in search.text("#rollout-list")
    assert search.evaluate("document.title") == "many · Taskmill"
    assert search.evaluate("document.images.length + document.querySelectorAll('script:not([type])').length") == 1
    assert (search.console, search.errors, search.outside) == ([], [], [])
    assert (folder / "report.html").stat().st_size < 1_000_000


def test_it_can_be_used_by_keys_and_every_control_has_a_name(search: Opened) -> None:
    unnamed = "(each) => !each.labels?.length && !each.textContent.trim() && !each.ariaLabel"
    assert search.evaluate(f"[...document.querySelectorAll('input, select, button')].filter({unnamed}).length") == 0
    assert search.evaluate("[...document.querySelectorAll('svg[role=img]')].every((each) => each.ariaLabel)")
    search.page.focus("#rollout-text")
    search.page.keyboard.type("sudoku")
    assert found(search) > 0
    search.page.locator("#rollout-list summary").first.focus()
    search.page.keyboard.press("Enter")
    search.page.locator("#rollout-list details[open]", has_text="Solve this sudoku").wait_for()
    search.evaluate("document.querySelector('#heat .scroll').focus()")
    assert search.evaluate("document.activeElement.getAttribute('aria-label')") == "yield by family and level"


def test_every_hit_is_counted_and_shown_beside_its_item_as_text(page: Opened, report: Report) -> None:
    assert report.contamination is not None
    (little,) = report.contamination.benchmarks
    assert (little.items, little.found, little.tasks, little.methods) == (9, 9, 9, {"canonical": 9})
    assert "little 9 9 9" in " ".join(page.text("#contamination").split())
    assert len(report.contamination.examples) == 9
    assert report.summary["items of benchmarks, kept"] == "9 tasks"
    for hit in report.contamination.examples:
        assert hit.excerpt[len(HOSTILE[1]) + 1 :] in hit.task
    page.page.locator("#contamination details:has(pre) summary").first.click()
    assert HOSTILE[1] in page.text("#contamination")
    assert (page.console, page.errors, page.outside) == ([], [], [])


def test_in_print_it_has_its_text(page: Opened) -> None:
    told = pdf_text(page.pdf())
    for words in ("The way of the data", "Yield by family and level", "grids.sudoku", "the same problem as another"):
        assert words.replace(" ", "") in told.replace(" ", "")
    assert "Showmore" not in told.replace(" ", "")


def test_a_run_without_a_model_has_its_tasks_and_no_script(browser: Chromium, tmp_path: Path) -> None:
    run = tasks_run(tmp_path)
    report_run(run.url)
    with opened(browser, Path(run.url) / "report.html") as seen:
        titles = seen.evaluate("[...document.querySelectorAll('main h2')].map((head) => head.textContent)")
        assert titles == ["The way of the data", "Contamination", "Diversity", "Diversity map", "Families", "Config"]
        assert seen.evaluate("document.querySelectorAll('.card .figures svg').length") == 1
        assert seen.evaluate("document.scripts.length") == 0
        assert (seen.console, seen.errors, seen.outside) == ([], [], [])


def test_as_markdown_it_has_the_same_headings_and_whole_tables(folder: Path) -> None:
    told = (folder / "report.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (.*)$", told, re.MULTILINE)
    assert heads == [
        "The way of the data",
        "Summary",
        "Band shares",
        "Yield by family and level",
        "Pass rates by family",
        "Are the pass rates to be believed?",
        "Removed",
        "Contamination",
        "Diversity",
        "What the verifiers said",
    ]
    for table in re.findall(r"(?:^\|.*\n)+", told, re.MULTILINE):
        assert len({row.count(" |") for row in table.splitlines()}) == 1
    assert "| generated | 310 | 9 families |" in told
    assert "<" not in told


def test_a_family_that_cannot_draw_a_task_or_is_not_there_has_its_words(folder: Path) -> None:
    unique = load_run(str(folder)).sealed("unique", Task)
    assert unique is not None
    task = next(each for each in unique.records() if each.family == "grids.sudoku")
    assert picture_of(task) is not None
    for changed in ({"payload": {"puzzle": []}}, {"payload": task.payload | {"puzzle": []}}, {"version": 0}):
        assert picture_of(msgspec.structs.replace(task, **changed)) is None
    assert picture_of(msgspec.structs.replace(task, family="gone.family")) is None
