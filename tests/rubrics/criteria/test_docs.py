"""The page names every checker as it is: its arguments, and what it asks for in an example."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import msgspec

from rubrics.criteria.contract import Checker
from rubrics.criteria.registry import IDEAS, allowed_arguments
from tests.rubrics.criteria.cases import CASES

PAGE = Path(__file__).parents[3] / "docs" / "rubrics.md"


def tables() -> str:
    """The checkers of each file as the page has them."""
    made = []
    for idea in IDEAS:
        about = (idea.__doc__ or "").split("\n")[0].rstrip(".")
        rows = [
            f"| `{checker.name}` | {allowed_arguments(checker)} | {_cell(checker.sentence(_example(checker)))} |"
            for checker in idea.CHECKERS
        ]
        made.append("\n".join([f"**{about}.**", "", "| checker | arguments | for example |", "|---|---|---|", *rows]))
    return "\n\n".join(made)


def _example(checker: Checker[Any]) -> msgspec.Struct:
    made: msgspec.Struct = msgspec.convert(CASES[checker.name].holds[0][0], checker.arguments)
    return made


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")


def test_the_page_has_every_checker_as_it_is() -> None:
    assert tables() in PAGE.read_text(encoding="utf-8"), "print(tables()) makes the part of the page anew"


def test_the_examples_of_the_page_come_out_as_shown() -> None:
    blocks = re.findall(r"^```(python|text)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        for kind, block in blocks[:4]:
            if kind == "python":
                exec(compile(block, str(PAGE), "exec"), names)  # noqa: S102 - the page is ours
    assert [kind for kind, _ in blocks[:4]] == ["python", "text"] * 2
    assert told.getvalue() == blocks[1][1] + blocks[3][1]
