"""Every link between the pages leads somewhere, the README leads to every page, and each command is accounted for."""

import re
from pathlib import Path

import pytest

from tests.test_docs_commands import GO_ON, PAGES

ROOT = Path(__file__).parents[1]
DOCS = sorted(path.relative_to(ROOT).as_posix() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])

TESTED_ELSEWHERE = {
    "docs/pairs.md": "tests/flows/test_pairs.py",
    "docs/steps.md": "tests/flows/test_steps.py",
    "docs/rounds.md": "tests/flows/test_rounds.py",
    "docs/vllm.md": "Makefile",
}
"""Pages whose commands take minutes as they stand, and where the same is run on something smaller."""


def links(page: str) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", (ROOT / page).read_text(), flags=re.MULTILINE | re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith(("http:", "https:"))]


def headings(page: Path) -> set[str]:
    """The anchors of a page, as the usual viewers make them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", DOCS)
def test_every_link_between_the_pages_leads_somewhere(page: str) -> None:
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = (ROOT / page).parent / file if file else ROOT / page
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


def test_the_readme_leads_to_every_page() -> None:
    assert {page for page in DOCS if page.startswith("docs/")} <= {
        link.partition("#")[0] for link in links("README.md")
    }


def test_no_page_has_commands_that_no_test_runs() -> None:
    shown = {page for page in DOCS if re.search(r"^```sh$", (ROOT / page).read_text(), re.MULTILINE)}
    run = {*PAGES, *(page for more in GO_ON.values() for page in more)}
    assert shown - run == set(TESTED_ELSEWHERE)
    assert all((ROOT / test).is_file() for test in TESTED_ELSEWHERE.values())
