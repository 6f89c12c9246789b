"""Who can be exported to: a row for each."""

from collections.abc import Callable
from typing import Literal, NamedTuple, get_args

from flows.export.dataset.rows import write_dataset
from flows.export.folder import Draft
from flows.export.openrlhf import write_openrlhf
from flows.export.source import Part, Source
from flows.export.trl import write_trl
from flows.export.verifiers import write_verifiers
from flows.export.verl import write_verl

TargetName = Literal["trl", "verl", "verifiers", "openrlhf", "dataset"]


class Target(NamedTuple):
    """`parts` are those that it has a use for; `write` fills the draft, its README included."""

    title: str
    parts: tuple[Part, ...]
    write: Callable[[Source, Draft], None]


TARGETS: dict[TargetName, Target] = {
    "trl": Target("TRL", ("prompts", "pairs", "steps"), write_trl),
    "verl": Target("verl", ("prompts",), write_verl),
    "verifiers": Target("verifiers and prime-rl", ("prompts",), write_verifiers),
    "openrlhf": Target("OpenRLHF", ("prompts", "pairs"), write_openrlhf),
    "dataset": Target("the hub", ("prompts",), write_dataset),
}

assert set(TARGETS) == set(get_args(TargetName))
