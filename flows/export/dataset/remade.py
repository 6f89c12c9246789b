"""What it takes to make a dataset again: its config, without what is of one machine, and the run's stages."""

from typing import Any

import msgspec
import yaml

from flows.export.readme import is_folder, model_name
from flows.export.source import Source
from pipeline.store import Stage
from schemas import Difficulty, LeftOut, Removed, Rollout, Task, jsontext

_OF_THE_MACHINE: Any = {
    "output": True,
    "workers": True,
    "runner": True,
    "compare": True,
    "train": True,
    "dedup": {"memory"},
    "model": {"url", "key_env", "cache", "threads", "concurrency", "timeout", "budget"},
}
"""Where and by whom the work was done, and what was done with the rows later: no part of what the rows are."""

_READ: dict[str, type[Any]] = {
    "tasks": Task,
    "unique": Task,
    "removed": Removed,
    "rollouts": Rollout,
    "difficulty": Difficulty,
    "left_out": LeftOut,
}


def config_text(source: Source) -> str:
    """The run's config with every setting that the rows depend on; no addresses, folders or names of keys."""
    said = source.config.model_dump(mode="json", exclude=_OF_THE_MACHINE)
    notes = ["# `taskmill run` takes this. Addresses, folders and names of keys are left out."]
    if source.config.model is not None:
        said["model"] |= {"name": model_name(source)}
        if source.config.model.engine == "server":
            said["model"]["url"] = "http://127.0.0.1:8000/v1"
            notes.append("# model.url: the model was asked at a server; put in the address of yours.")
            if is_folder(tokenizer := said["model"]["tokenizer"] or ""):
                said["model"]["tokenizer"] = _last(tokenizer)
    said["tasks"]["apart_from"] = [_last(each) for each in said["tasks"]["apart_from"]]
    said["dedup"]["index"] = _last(said["dedup"]["index"])
    if source.withheld:
        del said["seed"]
        notes.append("# The seed is kept back with the answers.")
    return "\n".join([*notes, yaml.safe_dump(said, sort_keys=False, allow_unicode=True)])


def provenance_text(source: Source) -> str:
    """JSON: seed, versions, the digest of the whole config, and each stage read with the sha256 of its shards.

    Where answers are kept back, the seed is, and so are digests of little more than the seed: on these seeds could be
    tried at millions a second.
    """
    stages: dict[str, Stage[Any]] = {stage.name: stage for stage in source.curriculum.values()}
    for name, record in _READ.items():
        if (found := source.run.sealed(name, record)) is not None:
            stages[name] = found
    told = {
        "run": source.config.name,
        "seed": None if source.withheld else source.run.seed,
        "config": None if source.withheld else config_digest(source),
        "versions": source.run.versions(),
        "stages": {
            name: {
                "key": None if source.withheld else stage.key,
                "rows": sum(info.rows for info in stage.shards()),
                "sha256": [info.sha256 for info in stage.shards()],
            }
            for name, stage in sorted(stages.items())
        },
    }
    return msgspec.json.format(jsontext.encoded(told), indent=1).decode() + "\n"


def config_digest(source: Source) -> str:
    """The digest of the config as the run's folder has it."""
    return jsontext.digest(source.run.config)


def _last(place: str) -> str:
    """A path's or URL's last part."""
    return place.partition("?")[0].rstrip("/").rpartition("/")[2]
