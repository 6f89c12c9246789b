"""docs/records.md lists every column of every record, and no other."""

import re
from pathlib import Path

import pytest

from schemas import RECORDS

PAGE = (Path(__file__).parents[1] / "docs" / "records.md").read_text()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_the_page_lists_the_columns_of_the_record(record: type) -> None:
    section = PAGE.split(f"## {record.__name__}\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| .* \| (yes|no) \|$", section, re.MULTILINE)
    assert rows == [(field.name, "yes" if field.nullable else "no") for field in RECORDS[record]]
