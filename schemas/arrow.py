"""Records to Arrow tables and back, without loss; old schema versions upgraded, newer ones refused."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import msgspec
import pyarrow as pa

from schemas import jsontext
from schemas.agreement import AGREEMENT_SCHEMA, Agreement
from schemas.aimed import AIMED_CELL_SCHEMA, AimedCell
from schemas.columns import is_json
from schemas.continuation import CONTINUATION_SCHEMA, Continuation
from schemas.curriculum import CURRICULUM_SCHEMA, CurriculumRow
from schemas.difficulty import DIFFICULTY_SCHEMA, Difficulty
from schemas.failure import Failure
from schemas.hit import HIT_SCHEMA, Hit
from schemas.leftout import LEFT_OUT_SCHEMA, LeftOut
from schemas.preference import LEFT_OUT_PAIR_SCHEMA, PREFERENCE_SCHEMA, LeftOutPair, PreferencePair
from schemas.removed import REMOVED_SCHEMA, Removed
from schemas.rollout import ROLLOUT_SCHEMA, Rollout
from schemas.rubric import (
    RUBRIC_LEFT_OUT_SCHEMA,
    RUBRIC_SCHEMA,
    RUBRIC_SCORE_SCHEMA,
    Rubric,
    RubricLeftOut,
    RubricScore,
)
from schemas.scale import ABILITY_SCHEMA, ITEM_SCHEMA, Ability, Item
from schemas.steps import STEPS_SCHEMA, StepLabels, with_intervals
from schemas.task import TASK_SCHEMA, Task
from schemas.trace import TRACE_SCHEMA, Trace
from schemas.verdict import VERDICT_SCHEMA, Verdict

RecordT = TypeVar("RecordT", bound=msgspec.Struct)

RECORDS: dict[type[msgspec.Struct], pa.Schema] = {
    Task: TASK_SCHEMA,
    Verdict: VERDICT_SCHEMA,
    Removed: REMOVED_SCHEMA,
    Rollout: ROLLOUT_SCHEMA,
    Difficulty: DIFFICULTY_SCHEMA,
    Trace: TRACE_SCHEMA,
    PreferencePair: PREFERENCE_SCHEMA,
    LeftOutPair: LEFT_OUT_PAIR_SCHEMA,
    StepLabels: STEPS_SCHEMA,
    Continuation: CONTINUATION_SCHEMA,
    Rubric: RUBRIC_SCHEMA,
    RubricScore: RUBRIC_SCORE_SCHEMA,
    RubricLeftOut: RUBRIC_LEFT_OUT_SCHEMA,
    Item: ITEM_SCHEMA,
    Ability: ABILITY_SCHEMA,
    CurriculumRow: CURRICULUM_SCHEMA,
    LeftOut: LEFT_OUT_SCHEMA,
    Agreement: AGREEMENT_SCHEMA,
    AimedCell: AIMED_CELL_SCHEMA,
    Hit: HIT_SCHEMA,
}

VERSIONS = {record.__name__: 1 for record in RECORDS} | {"StepLabels": 2}
"""Record name to the schema version of its rows: what others change into is no change of these, nor of their shards."""

UPGRADES: dict[tuple[str, int], Callable[[pa.Table], pa.Table]] = {("StepLabels", 1): with_intervals}
"""(record name, version) to the function that lifts such a table to version + 1."""


class SchemaError(Failure, ValueError):
    """A table is not what its reader expects; the message names the record, the versions and the cure."""


def schema_of(record: type[msgspec.Struct]) -> pa.Schema:
    """The record's Arrow schema with its name and version in the metadata."""
    return RECORDS[record].with_metadata(
        {b"taskmill.record": record.__name__.encode(), b"taskmill.version": str(version_of(record)).encode()}
    )


def version_of(record: type[msgspec.Struct]) -> int:
    """The schema version of the rows that are written of a record."""
    return VERSIONS[record.__name__]


def to_table(records: Iterable[RecordT], record: type[RecordT]) -> pa.Table:
    """A table of the records, in order; the schema is declared, never inferred.

    Raises SchemaError for a value that its column cannot hold without loss: a number out of its range, NaN in JSON,
    half of a surrogate pair in a text.
    """
    schema = schema_of(record)
    built = [msgspec.to_builtins(row) for row in records]
    try:
        return pa.Table.from_pylist([_encoded(row, schema) for row in built], schema=schema)
    except (ValueError, OverflowError) as error:
        place = next(_places(built, schema), record.__name__)
        raise SchemaError(f"{place} cannot be stored: {error}") from error


def from_table(table: pa.Table, record: type[RecordT]) -> list[RecordT]:
    """The records of a table, upgraded first where it is older. Raises SchemaError."""
    lifted = upgraded(table, record)
    schema = RECORDS[record]
    return [msgspec.convert(_decoded(row, schema), record) for row in lifted.to_pylist()]


def upgraded(table: pa.Table, record: type[msgspec.Struct]) -> pa.Table:
    """The table at today's version; rows of a record that extends the wanted one are read as the wanted one.

    Raises SchemaError when the table is newer, of another record, or lacks columns.
    """
    metadata = table.schema.metadata or {}
    name = metadata.get(b"taskmill.record", record.__name__.encode()).decode()
    if name not in {known.__name__ for known in RECORDS if issubclass(known, record)}:
        raise SchemaError(f"expected {record.__name__} rows and found {name} rows")
    today = VERSIONS[name]
    version = int(metadata.get(b"taskmill.version", str(today).encode()))
    if version > today:
        raise SchemaError(
            f"these {name} rows have schema version {version} and this taskmill reads up to {today}: "
            "update taskmill to read them"
        )
    while version < today:
        if (name, version) not in UPGRADES:
            raise SchemaError(f"no upgrade is known for {name} rows of schema version {version}")
        table = UPGRADES[name, version](table)
        version += 1
    missing = [column for column in RECORDS[record].names if column not in table.column_names]
    if missing:
        raise SchemaError(f"{name} rows lack the columns {', '.join(missing)}")
    return table.select(RECORDS[record].names).cast(schema_of(record))


def _places(rows: list[dict[str, Any]], schema: pa.Schema) -> Iterator[str]:
    """Where the values stand that their columns cannot hold."""
    for index, row in enumerate(rows):
        for field in schema:
            try:
                pa.array([_encoded_value(row[field.name], field)], field.type)
            except (ValueError, OverflowError):
                yield f"{field.name} of row {index}"


def _encoded(row: dict[str, Any], fields: Iterable[pa.Field]) -> dict[str, Any]:
    return {field.name: _encoded_value(row[field.name], field) for field in fields}


def _encoded_value(value: Any, field: pa.Field) -> Any:
    if is_json(field):
        return jsontext.dumps(value)
    if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
        return [_encoded(item, field.type.value_type) for item in value]
    return value


def _decoded(row: dict[str, Any], fields: Iterable[pa.Field]) -> dict[str, Any]:
    return {field.name: _decoded_value(row[field.name], field) for field in fields}


def _decoded_value(value: Any, field: pa.Field) -> Any:
    if is_json(field):
        return msgspec.json.decode(value)
    if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
        return [_decoded(item, field.type.value_type) for item in value]
    return value
