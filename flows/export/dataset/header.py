"""The YAML at the top of the card, as the hub and `datasets` read it."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from flows.export.dataset.measured import Measured
from flows.export.folder import Draft
from flows.export.readme import run_name
from flows.export.source import Source
from schemas import CurriculumRow, Split, schema_of

LICENCES = ("apache-2.0", "mit", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "odc-by")
"""Those that the hub knows, of the ones that tasks may have; it calls them by these names."""

_SIZES = {"n<1K": 1e3, "1K<n<10K": 1e4, "10K<n<100K": 1e5, "100K<n<1M": 1e6, "1M<n<10M": 1e7, "10M<n<100M": 1e8}


def header(source: Source, draft: Draft, measured: Measured) -> str:
    """The YAML, without the lines around it."""
    sanity = source.config.curriculum.sanity
    told: dict[str, Any] = {
        "pretty_name": run_name(source),
        "language": ["en" if sanity is None else sanity.language],
        **_license(measured),
        "task_categories": ["text-generation"],
        "size_categories": [_size(sum(map(measured.rows, measured.splits)))],
        "tags": ["reasoning", "verifiable", "curriculum", "reinforcement-learning", *measured.values("domain")],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": each, "path": f"data/{each}-*.parquet"} for each in measured.splits],
            }
        ],
        "dataset_info": _info(draft, measured),
    }
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True).rstrip()


def files_of(draft: Draft) -> dict[Split, list[str]]:
    """The data files of each split, by their names in the folder."""
    files: dict[Split, list[str]] = defaultdict(list)
    for name in sorted(draft.rows):
        split: Any = Path(name).name.partition("-")[0]
        files[split].append(name)
    return files


def _license(measured: Measured) -> dict[str, Any]:
    found = measured.values("license")
    known = [each.lower() for each in found]
    if all(each in LICENCES for each in known):
        return {"license": known[0] if len(known) == 1 else known}
    return {"license": "other", "license_name": "by-task", "license_details": ", ".join(found)}


def _size(rows: int) -> str:
    return next((name for name, most in _SIZES.items() if rows < most), "100M<n<1B")


def _info(draft: Draft, measured: Measured) -> dict[str, Any]:
    files = files_of(draft)
    sizes = {split: sum(_size_in_memory(draft.root / name) for name in files[split]) for split in measured.splits}
    return {
        "features": _features(schema_of(CurriculumRow)),
        "splits": [
            {"name": split, "num_bytes": sizes[split], "num_examples": measured.rows(split)}
            for split in measured.splits
        ],
        "download_size": sum((draft.root / name).stat().st_size for name in draft.rows),
        "dataset_size": sum(sizes.values()),
    }


def _size_in_memory(path: Path) -> int:
    """The bytes of a file's columns, decompressed."""
    with pq.ParquetFile(path) as file:
        return sum(file.metadata.row_group(group).total_byte_size for group in range(file.num_row_groups))


def _features(fields: Iterable[pa.Field]) -> list[dict[str, Any]]:
    return [{"name": field.name} | _type(field.type) for field in fields]


def _type(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        return {"list": _features(kind.value_type)}
    return {"dtype": "float64" if pa.types.is_float64(kind) else str(kind)}
