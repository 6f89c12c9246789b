"""The README of an export: what is in it, how to use it, how it was made."""

from collections import defaultdict
from textwrap import dedent

from flows.export.folder import Draft
from flows.export.source import Source, composition
from generators.registry import family_named
from pipeline.models.registry import PACKAGED
from schemas import Split

INSTALL = """\
The verifiers are Taskmill's, so it must be installed where the reward is worked out. Beside a trainer that pins other
versions of PyTorch or transformers, take it without its dependencies: the reward needs none of those two.

```sh
pip install --no-deps path/to/taskmill
pip install fsspec markupsafe msgspec numpy pyarrow pydantic python-sat pyyaml
```
"""

NO_MODEL = "YOUR/MODEL"

UNDECIDED = "## Where the verifier can't judge"


def run_name(source: Source) -> str:
    return source.config.name


def model_name(source: Source) -> str:
    """The model whose rollouts measured the tasks, without the path of a folder; "" where there was none."""
    if source.config.model is None:
        return ""
    return shown_model(source.config.model.name)


def shown_model(name: str) -> str:
    """The name as it can be published: of a folder its last part."""
    return name.rstrip("/").rpartition("/")[2] if is_folder(name) else name


def is_folder(name: str) -> bool:
    """Whether a model's name is that of a folder of the machine that measured."""
    return name not in PACKAGED and (name.startswith(("/", ".", "~")) or name.count("/") != 1)


def model_elsewhere(source: Source) -> str:
    """The name by which any trainer finds the run's model, NO_MODEL where only this machine or Taskmill knows it."""
    model = source.config.model
    return NO_MODEL if model is None or is_folder(model.name) or model.name in PACKAGED else model.name


def with_taskmill(*imports: str) -> str:
    """Lines of a file that import what is Taskmill's, and say so where it is not installed."""
    return "\n".join(
        [
            "try:",
            *(f"    {line}" for line in imports),
            "except ModuleNotFoundError as error:",
            '    said = "the verifiers are those of Taskmill, which is not whole here; README.md says how to install"',
            '    raise ImportError(f"{said}: {error}") from error',
        ]
    )


def reward_module(function: str, option: str) -> str:
    """A file with one of the reward functions of `trainer.rewards.outside`, for a trainer's `option`."""
    return f'''\
"""The reward of this folder's tasks, for `{option}`: the verifier of each row's family."""

{with_taskmill(f"from trainer.rewards.outside import {function}")}

__all__ = ["{function}"]
'''


def readme(source: Source, draft: Draft, title: str, use: str, undecided: str) -> str:
    """The whole text; `use` and `undecided` are the target's own."""
    parts = [
        f"# {run_name(source)}, for {title}",
        _files(draft),
        "## Use",
        dedent(use).strip(),
        UNDECIDED,
        dedent(undecided).strip(),
        "## How it was made",
        _made(source),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _files(draft: Draft) -> str:
    lines = ["| file | rows |", "|---|---|", *(f"| `{name}` | {rows:,} |" for name, rows in draft.rows.items())]
    return "\n".join(lines) + "\n\n`export.json` has the sha256 of each file, and the run's stages it was made from."


def _made(source: Source) -> str:
    config = source.config
    sampling = config.sampling
    said = [
        f"Run `{run_name(source)}`, seed {source.run.seed}, by Taskmill. The same run exports the same bytes.",
        "The split of a problem is a function of the problem alone, so no test problem is in another split, also not "
        "in another style. `task_id` names the task in the run's shards.",
    ]
    if config.model is not None and source.curriculum:
        band = config.difficulty
        said.append(
            f"`pass_rate` is how often `{model_name(source)}` (revision `{_revision(source)}`) solved a task at "
            f"temperature {sampling.temperature:g} within {sampling.max_tokens} tokens; the band aimed at was "
            f"{band.band_low:g} to {band.band_high:g}."
        )
    if sampling.prefill:
        said.append(
            f"Its responses were begun for it with `{sampling.prefill}`. A trainer that does not do so finds the tasks "
            "harder than `pass_rate` says."
        )
    return "\n\n".join([*said, _families(source)])


def _revision(source: Source) -> str:
    for stage in source.curriculum.values():
        for row in stage.records():
            return row.revision
    return "unknown"


def _families(source: Source) -> str:
    counts: dict[str, dict[Split, int]] = defaultdict(lambda: defaultdict(int))
    levels: dict[str, set[int]] = defaultdict(set)
    for (split, family, level), count in composition(source).items():
        counts[family][split] += count
        levels[family].add(level)
    if not counts:
        return ""
    lines = [f"| family | version | levels | {' | '.join(source.splits)} |", "|---" * (3 + len(source.splits)) + "|"]
    for family in sorted(counts):
        shown = ", ".join(map(str, sorted(levels[family])))
        rows = " | ".join(f"{counts[family][split]:,}" for split in source.splits)
        lines.append(f"| {family} | {family_named(family).version} | {shown} | {rows} |")
    return "\n".join(lines)
