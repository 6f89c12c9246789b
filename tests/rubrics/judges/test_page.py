"""The page on judges names every key of their config, and its examples run."""

import re
from pathlib import Path

import pytest

from rubrics.judges.config import JudgeConfig

PAGE = Path(__file__).parents[3] / "docs" / "rubrics.md"


def section() -> str:
    """From its heading to the next of the same height."""
    return PAGE.read_text().split("\n## Judges\n")[1].split("\n## ")[0]


def test_every_key_and_kind_is_on_the_page() -> None:
    rows = [line for line in section().split("\n### ")[0].splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)", row.split("|")[1])}
    said = " ".join(rows)
    assert named | {"kind", "encoder"} == set(JudgeConfig.model_fields) - {"seed"}
    kinds = JudgeConfig.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]
    assert all(f"`kind: {kind}`" in said for kind in kinds)


@pytest.mark.slow
def test_the_examples_run_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scope: dict[str, object] = {}
    blocks = re.findall(r"^```python\n(.*?)^```$", section(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), scope)  # noqa: S102 - our own page
    assert (tmp_path / "outputs" / "judge.json").is_file()
