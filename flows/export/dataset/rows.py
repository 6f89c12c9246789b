"""The dataset's rows, and those of which the answers are kept back."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa

from flows.export.dataset.card import card
from flows.export.dataset.columns import KEPT_BACK
from flows.export.dataset.croissant import croissant
from flows.export.dataset.measured import measured_in
from flows.export.dataset.remade import config_text, provenance_text
from flows.export.folder import Draft
from flows.export.readme import run_name, shown_model
from flows.export.source import Source, as_builtin, prompts
from schemas import CurriculumRow, Split, jsontext, schema_of
from schemas.columns import is_json

ROWS_PER_FILE = 500_000
"""A file of them has some hundred MB: small enough for a hub's page, and few for a million tasks."""

_SCHEMA = schema_of(CurriculumRow)
_JSON = [field.name for field in _SCHEMA if is_json(field)]


def write_dataset(source: Source, draft: Draft) -> None:
    """`data/SPLIT-00000-of-00001.parquet`, …, the card, `croissant.json`, `config.yaml` and `provenance.json`."""
    draft.parquet("data", _placed(source), schema(source))
    if not draft.rows:
        return
    draft.text("config.yaml", config_text(source))
    draft.text("provenance.json", provenance_text(source))
    measured = measured_in(source)
    draft.text("croissant.json", croissant(source, draft, measured))
    draft.text("README.md", card(source, draft, measured))


def write_answers(source: Source, draft: Draft) -> None:
    """`data/` with all columns of the splits whose answers the dataset lacks."""
    kept_back = source._replace(
        splits=source.withheld,
        curriculum={split: stage for split, stage in source.curriculum.items() if split in source.withheld},
        withheld=(),
    )
    draft.parquet("data", _placed(kept_back), schema(kept_back))
    draft.text("README.md", _ANSWERS.format(run=run_name(source), splits=", ".join(source.withheld)))


def schema(source: Source) -> pa.Schema:
    """That of the run's own rows; where answers are kept back, their columns are empty for some."""
    if not source.withheld:
        return _SCHEMA
    return pa.schema([field.with_nullable(True) if field.name in KEPT_BACK else field for field in _SCHEMA])


def _placed(source: Source) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each row with the name of its file."""
    rows = {split: sum(info.rows for info in stage.shards()) for split, stage in source.curriculum.items()}
    passed = dict.fromkeys(rows, 0)
    for split, row in prompts(source):
        file, of = passed[split] // ROWS_PER_FILE, -(-rows[split] // ROWS_PER_FILE)
        passed[split] += 1
        yield f"{split}-{file:05}-of-{of:05}", row_cells(source, split, row)


def row_cells(source: Source, split: Split, row: CurriculumRow) -> dict[str, Any]:
    """The columns of a row; a model in a folder of this machine goes by the folder's name."""
    cells = msgspec.structs.asdict(row) | {"prompt": as_builtin(row.prompt), "model": shown_model(row.model)}
    cells |= {name: jsontext.dumps(cells[name]) for name in _JSON}
    if source.withheld:
        cells["seed"] = None
    return cells | dict.fromkeys(KEPT_BACK) if split in source.withheld else cells


_ANSWERS = """\
# Answers of {run}: keep them

These rows are whole: the tasks of {splits} with their answers, which the published dataset lacks. `id` is the same in
both. The verifier of a row's family judges responses, as the dataset's card shows; it reads `payload`. Keep this folder
out of the dataset's.
"""
