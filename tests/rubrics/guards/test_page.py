"""The page on guards says how many attacks there are, what was measured, and its example runs."""

import json
import re
from collections import Counter
from pathlib import Path

from rubrics.guards.attacks import SUITE

ROOT = Path(__file__).parents[3]
SECTION = (ROOT / "docs" / "rubrics.md").read_text().split("\n## Guards\n")[1].split("\n## ")[0]


def test_the_table_counts_every_attack() -> None:
    counts = Counter(attack.kind for attack in SUITE)
    rows = re.findall(r"^\| ((?:`[a-z]+`(?:, )?)+) \| (\d+) \|", SECTION, re.MULTILINE)
    named = {tuple(re.findall("[a-z]+", kinds)): int(number) for kinds, number in rows}
    assert {kind for kinds in named for kind in kinds} == set(counts)
    assert all(sum(counts[kind] for kind in kinds) == number for kinds, number in named.items())


def test_what_it_says_of_verifiers_was_measured() -> None:
    told = json.loads((ROOT / "benchmarks" / "results" / "guards_verifiers.json").read_text())["families"]
    attacks = [row["attacks"] for row in told]
    said = (
        f"of {sum(attacks):,} attacks, at least {min(attacks):,} on each of\nthe {len(told)} families, none is accepted"
    )
    assert said in SECTION
    assert min(attacks) >= 10_000
    assert {row["accepted"] + row["undecided"] for row in told} == {0}


def test_its_example_runs() -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)
    exec(compile(block, "docs/rubrics.md", "exec"), {})  # noqa: S102 - our own page
