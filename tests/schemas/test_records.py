"""Records become tables and files and come back as they were; the format changes only when somebody means it."""

import io
import json
import math
from pathlib import Path
from typing import Any

import datasets
import msgspec
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import (
    RECORDS,
    CurriculumRow,
    Difficulty,
    Message,
    PreferencePair,
    Rollout,
    Rubric,
    RubricScore,
    SchemaError,
    StepLabels,
    Task,
    Verdict,
    arrow,
    from_table,
    jsontext,
    to_table,
)
from schemas.interval import wilson
from tests.schemas.records import records, sample

GOLDEN = Path(__file__).parent / "golden" / "columns.json"

every_record = pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def a_task(**changed: Any) -> Task:
    row: dict[str, Any] = {
        "id": "0a",
        "family": "grids.sudoku",
        "domain": "logic",
        "level": 1,
        "style": "plain",
        "prompt": (Message("user", "Fill the grid."),),
        "answer": "1",
        "payload": {},
        "params": {},
        "canonical": "0b",
        "features": {},
        "seed": 7,
        "index": 0,
        "version": 1,
    }
    return Task(**(row | changed))


def test_every_record_of_the_design_is_there() -> None:
    assert {Task, Verdict, Rollout, Difficulty, PreferencePair, StepLabels, Rubric, RubricScore} <= RECORDS.keys()


@every_record
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_records_come_back_from_tables_and_files_as_they_were(record: type[Any], data: st.DataObject) -> None:
    rows = data.draw(st.lists(records(record), max_size=4))
    table = to_table(rows, record)
    assert from_table(table, record) == rows
    data_bytes = parquet(table)
    read = pq.read_table(io.BytesIO(data_bytes))
    assert arrow.upgraded(read, record).equals(table, check_metadata=True)
    assert from_table(read, record) == rows
    assert parquet(to_table(from_table(read, record), record)) == data_bytes


@every_record
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_a_file_that_polars_wrote_again_is_still_read(record: type[Any], data: st.DataObject) -> None:
    rows = data.draw(st.lists(records(record), min_size=1, max_size=4))
    frame = pl.from_arrow(to_table(rows, record))
    assert isinstance(frame, pl.DataFrame)
    sink = io.BytesIO()
    frame.write_parquet(sink)
    assert from_table(pq.read_table(io.BytesIO(sink.getvalue())), record) == rows


@pytest.mark.parametrize(
    "payload",
    [
        {"big": 10**40, "small": -(2**63) - 1},
        {"zero": -0.0, "tiny": 5e-324, "huge": 1.7976931348623157e308, "third": 1 / 3},
        {"nothing": None, "false": False, "empty": [], "none": {}, "": {"": [[]]}},
        {"text": '\x00 \u2028 "\\ 𝄞 é e\u0301'},
    ],
)
def test_json_columns_hold_every_json_value(payload: dict[str, Any]) -> None:
    row = a_task(payload=payload)
    [read] = from_table(to_table([row], Task), Task)
    assert read == row
    # 0 == -0.0 == False: the texts tell them apart. The keys of an object come back sorted.
    assert jsontext.dumps(read) == jsontext.dumps(row)


def test_infinite_and_missing_numbers_come_back() -> None:
    row = Verdict(score=float("-inf"), reason="error")
    assert from_table(to_table([row], Verdict), Verdict) == [row]
    [nan] = from_table(to_table([Verdict(score=float("nan"), reason="error")], Verdict), Verdict)
    assert nan.score != nan.score


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"payload": {"x": float("nan")}}, "payload"),
        ({"features": {"x": float("inf")}}, "features"),
        ({"payload": {"x": "\ud800"}}, "payload"),
        ({"answer": "\udfff"}, "answer"),
        ({"prompt": (Message("user", "\ud83d"),)}, "prompt"),
        ({"seed": 2**63}, "seed"),
        ({"level": 2**31}, "level"),
    ],
)
def test_what_a_column_cannot_hold_is_refused_with_its_place(changed: dict[str, Any], column: str) -> None:
    with pytest.raises(SchemaError, match=f"^{column} of row 1 cannot be stored: "):
        to_table([a_task(), a_task(**changed)], Task)


def test_columns_are_found_by_name_and_extra_ones_left() -> None:
    rows = [a_task(index=index) for index in range(3)]
    table = to_table(rows, Task)
    table = table.select(table.column_names[::-1]).append_column("extra", pa.array([1, 2, 3]))
    assert from_table(table, Task) == rows


def test_a_record_that_extends_another_is_read_as_it_and_not_the_other_way() -> None:
    empty = to_table([], CurriculumRow)
    assert from_table(empty, Task) == []
    with pytest.raises(SchemaError, match="expected CurriculumRow rows and found Task rows"):
        from_table(to_table([], Task), CurriculumRow)
    with pytest.raises(SchemaError, match="expected Rollout rows and found Task rows"):
        from_table(to_table([], Task), Rollout)


def test_a_table_without_a_column_is_refused_by_its_name() -> None:
    with pytest.raises(SchemaError, match="Verdict rows lack the columns score, detail"):
        from_table(to_table([], Verdict).drop_columns(["score", "detail"]), Verdict)


def test_a_newer_schema_version_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    today = arrow.VERSIONS["Verdict"]
    monkeypatch.setitem(arrow.VERSIONS, "Verdict", today + 1)
    newer = to_table([], Verdict)
    monkeypatch.undo()
    with pytest.raises(SchemaError, match=rf"Verdict rows have schema version {today + 1} .*update taskmill"):
        from_table(newer, Verdict)


def test_an_older_schema_version_is_lifted_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    older = to_table([Verdict(score=1.0, reason="correct", detail="old")], Verdict).drop_columns(["found"])
    first = arrow.VERSIONS["Verdict"]
    monkeypatch.setitem(arrow.VERSIONS, "Verdict", first + 2)
    with pytest.raises(SchemaError, match=f"no upgrade is known for Verdict rows of schema version {first}"):
        from_table(older, Verdict)

    def found_is_new(table: pa.Table) -> pa.Table:
        return table.append_column("found", pa.array(["none"] * table.num_rows))

    def detail_is_reworded(table: pa.Table) -> pa.Table:
        return table.set_column(table.column_names.index("detail"), "detail", pa.array(["new"] * table.num_rows))

    monkeypatch.setitem(arrow.UPGRADES, ("Verdict", first), found_is_new)
    monkeypatch.setitem(arrow.UPGRADES, ("Verdict", first + 1), detail_is_reworded)
    assert from_table(older, Verdict) == [Verdict(score=1.0, reason="correct", detail="new", found="none")]
    assert arrow.upgraded(older, Verdict).schema.metadata[b"taskmill.version"] == str(first + 2).encode()


def test_every_record_can_be_read_from_its_first_version_on() -> None:
    before = {(name, version) for name, today in arrow.VERSIONS.items() for version in range(1, today)}
    assert set(arrow.UPGRADES) == before
    assert set(arrow.VERSIONS) == {record.__name__ for record in RECORDS}


def test_step_labels_of_the_first_version_get_the_intervals_of_their_counts() -> None:
    row = sample(StepLabels, full=True)
    row = msgspec.structs.replace(row, visits=(8, 0), successes=(2, 0), low=(), high=())
    first = to_table([row, row], StepLabels).drop_columns(["low", "high"])
    first = first.replace_schema_metadata({b"taskmill.record": b"StepLabels", b"taskmill.version": b"1"})
    for read in from_table(pq.read_table(io.BytesIO(parquet(first))), StepLabels):
        assert msgspec.structs.replace(read, low=(), high=()) == row
        low, high = wilson(2, 8)
        assert (read.low, read.high) == ((low, None), (high, None))
        assert (low, high) == pytest.approx((0.0715, 0.5907), abs=1e-4)


@given(visits=st.integers(1, 500), data=st.data())
def test_the_interval_of_a_share_holds_it_and_narrows_with_visits(visits: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, visits))
    low, high = wilson(successes, visits)
    assert low is not None
    assert high is not None
    assert 0 <= low <= successes / visits <= high <= 1
    wider_low, wider_high = wilson(10 * successes, 10 * visits)
    assert wider_low is not None
    assert wider_high is not None
    assert wider_high - wider_low < high - low


def test_intervals_of_shares_hold_the_chance_about_as_often_as_they_say() -> None:
    """Of the exact binomial outcomes at chances from 0.02 to 0.98 (score intervals waver about 95 %)."""
    for visits in (8, 32):
        held = []
        for chance in (number / 50 for number in range(1, 50)):
            bounds = [wilson(k, visits) for k in range(visits + 1)]
            likely = [math.comb(visits, k) * chance**k * (1 - chance) ** (visits - k) for k in range(visits + 1)]
            inside = [low is not None and high is not None and low <= chance <= high for low, high in bounds]
            held.append(sum(share for share, holds in zip(likely, inside, strict=True) if holds))
        assert 0.94 < sum(held) / len(held) < 0.97
        assert min(held) > 0.83


def test_the_format_is_as_written_down() -> None:
    """A drift here changes files that people have: raise the record's version, add to UPGRADES, write the file anew."""
    assert json.loads(GOLDEN.read_text()) == described()


def described() -> dict[str, Any]:
    """The version of each record, and name, type and nullability of each of its columns."""
    columns = {
        record.__name__: {
            field.name: f"{field.type}{'' if field.nullable else ' not null'}{' json' if field.metadata else ''}"
            for field in schema
        }
        for record, schema in RECORDS.items()
    }
    return {"versions": arrow.VERSIONS, "records": columns}


@pytest.mark.parametrize("streaming", [False, True], ids=["loaded", "streamed"])
@every_record
def test_datasets_reads_every_record(record: type[Any], streaming: bool, tmp_path: Path) -> None:
    # The first file has nothing but nulls and empty lists: a reader that infers would lock the wrong type.
    rows = [sample(record, full=False), sample(record, full=True)]
    for name, row in zip(("0.parquet", "1.parquet"), rows, strict=True):
        (tmp_path / name).write_bytes(parquet(to_table([row], record)))
    files = [str(tmp_path / "0.parquet"), str(tmp_path / "1.parquet")]
    loaded = datasets.load_dataset(
        "parquet", data_files=files, split="train", streaming=streaming, cache_dir=str(tmp_path / "cache")
    )
    assert list(loaded) == to_table(rows, record).to_pylist()
