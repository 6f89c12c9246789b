"""Croissant metadata (MLCommons, version 1.0, with its RAI vocabulary): JSON-LD that says what the files hold.

Files carry their sha256. The record set `default` reads the rows of all of them, with the split from the file's name;
`splits` lists the splits.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from flows.export.dataset.columns import KEPT_BACK, MEANINGS
from flows.export.dataset.contamination import limitation_of
from flows.export.dataset.header import LICENCES
from flows.export.dataset.measured import Measured
from flows.export.folder import Draft
from flows.export.readme import model_name, run_name
from flows.export.source import Source
from schemas import CurriculumRow, jsontext, schema_of

_PARQUET = "application/x-parquet"

_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    **{
        name: f"cr:{name}"
        for name in (
            "citeAs",
            "column",
            "equivalentProperty",
            "extract",
            "field",
            "fileObject",
            "fileProperty",
            "fileSet",
            "format",
            "includes",
            "isLiveDataset",
            "jsonPath",
            "key",
            "md5",
            "parentField",
            "path",
            "recordSet",
            "references",
            "regex",
            "repeated",
            "replace",
            "samplingRate",
            "separator",
            "source",
            "subField",
            "transform",
        )
    },
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
}


def croissant(source: Source, draft: Draft, measured: Measured) -> str:
    """The text of `croissant.json`."""
    told = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": run_name(source),
        "description": "Tasks that a program verifies, with the pass rate of a model measured by rollouts.",
        "license": [_licence(each) for each in measured.values("license")],
        "version": "1.0.0",
        "keywords": measured.values("domain"),
        "inLanguage": "en",
        **_responsible(source),
        "distribution": [*_files(draft), _all_files()],
        "recordSet": [_splits(measured), _rows(source, measured)],
    }
    return msgspec.json.format(jsontext.encoded(told), indent=1).decode() + "\n"


def _licence(name: str) -> str:
    return f"https://spdx.org/licenses/{name}" if name.lower() in LICENCES else name


def _responsible(source: Source) -> dict[str, str]:
    """What is true of data that programs made."""
    return {
        "rai:dataCollection": "Tasks are drawn by programs from a seed; no text was collected from people or the web. "
        f"Pass rates come from responses of {model_name(source)}.",
        "rai:dataCollectionType": "Synthetic",
        "rai:machineAnnotationTools": "The verifier of each task's family, a program, judged every response.",
        "rai:personalSensitiveInformation": "None: the tasks are made by rules.",
        "rai:dataUseCases": "Training and evaluating language models on problems with verifiable answers.",
        "rai:dataLimitations": "Pass rates hold for one model and one way of sampling. Prompts are worded by "
        f"templates. {limitation_of(source)}",
    }


def _files(draft: Draft) -> Iterator[dict[str, Any]]:
    for name in sorted(draft.rows):
        with (draft.root / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        yield {
            "@type": "cr:FileObject",
            "@id": name,
            "name": Path(name).name,
            "contentUrl": name,
            "contentSize": f"{(draft.root / name).stat().st_size} B",
            "encodingFormat": _PARQUET,
            "sha256": digest,
        }


def _all_files() -> dict[str, Any]:
    # Readers take a set without `containedIn` from the folder of this file; within file objects they find no rows.
    return {
        "@type": "cr:FileSet",
        "@id": "rows",
        "name": "rows",
        "description": "the files of all splits",
        "encodingFormat": _PARQUET,
        "includes": "data/*.parquet",
    }


def _splits(measured: Measured) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "name": "splits",
        "description": "the splits; no problem is in two of them",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": [{"@type": "cr:Field", "@id": "splits/name", "name": "name", "dataType": "sc:Text"}],
        "data": [{"splits/name": split} for split in measured.splits],
    }


def _rows(source: Source, measured: Measured) -> dict[str, Any]:
    fields = [_field(field) for field in schema_of(CurriculumRow) if field.name != "split"]
    lacking = ", ".join(KEPT_BACK)
    without = f" Rows of {', '.join(source.withheld)} are without {lacking}." if source.withheld else ""
    return {
        "@type": "cr:RecordSet",
        "@id": "default",
        "name": "default",
        "description": f"A task a row.{without}",
        "key": {"@id": "default/id"},
        "field": [*fields, _split(measured)],
    }


def _field(field: pa.Field) -> dict[str, Any]:
    told = {"@type": "cr:Field", "@id": f"default/{field.name}", "name": field.name}
    told["description"] = MEANINGS[field.name]
    if pa.types.is_list(field.type):
        return told | {"repeated": True, "subField": [_part(field, part) for part in field.type.value_type]}
    return told | {"dataType": _data_type(field.type), "source": _column(field.name)}


def _part(field: pa.Field, part: pa.Field) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"default/{field.name}/{part.name}",
        "name": part.name,
        "dataType": _data_type(part.type),
        "source": _column(field.name) | {"transform": {"jsonPath": part.name}},
    }


def _split(measured: Measured) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": "default/split",
        "name": "split",
        "description": MEANINGS["split"],
        "dataType": "sc:Text",
        "references": {"field": {"@id": "splits/name"}},
        "source": {
            "fileSet": {"@id": "rows"},
            "extract": {"fileProperty": "fullpath"},
            # Readers that join with `splits` apply it twice, so that it must leave the name of a split as it is.
            "transform": {"regex": f"^(?:data/)?({'|'.join(measured.splits)})(?:-.+parquet)?$"},
        },
    }


def _column(name: str) -> dict[str, Any]:
    return {"fileSet": {"@id": "rows"}, "extract": {"column": name}}


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_floating(kind):
        return "sc:Float"
    return "sc:Integer" if pa.types.is_integer(kind) else "sc:Text"
