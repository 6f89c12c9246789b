"""All candidates of some contrasts, by every method that a config names, each with the pairs to test it on."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, Self, get_args

from pydantic import Field, model_validator

from pipeline.config import Section
from pipeline.engines.protocol import Engine, EngineError
from pipeline.seeding import generator
from rubrics.consistency import Candidate
from rubrics.generation.asking import AskingConfig, Made, from_model, rubric_of
from rubrics.generation.contrast import Contrast
from rubrics.generation.path import from_steps
from rubrics.generation.programs import from_programs
from rubrics.generation.prompts import Asking
from schemas import Rubric, RubricLeftOut

Method = Literal["programs", "path", "contrast", "steps", "case"]


class GenerationConfig(Section):
    """How rubrics are made of pairs."""

    methods: list[Method] = Field(
        ["programs", "path"],
        min_length=1,
        description="programs: checks that better responses pass and worse ones fail; path: the intermediate results "
        "of worked solutions; by a model: contrast (from a pair), steps (from a worked solution), case (from the task)",
    )
    held_out: float = Field(0.25, ge=0, lt=1, description="share of a task's pairs that no rubric is made from")
    asking: AskingConfig = Field(AskingConfig(), description="how a model is asked, where one is")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.methods)) < len(self.methods):
            raise ValueError("methods: one is there twice; name each once")
        return self

    @property
    def by_model(self) -> tuple[Asking, ...]:
        """The methods that ask a model."""
        asking: tuple[Asking, ...] = get_args(Asking)
        return tuple(method for method in asking if method in self.methods)


class Candidates(NamedTuple):
    """What is to be filtered, and what could not be read of a model's answers."""

    made: list[Candidate]
    left_out: list[RubricLeftOut]


class _Split(NamedTuple):
    own: tuple[Contrast, ...]
    held_out: tuple[Contrast, ...]


def candidates(contrasts: Sequence[Contrast], config: GenerationConfig, engine: Engine | None, seed: int) -> Candidates:
    """Candidates of all tasks, in the order of tasks and methods; the model is asked once a method for all of them.

    `engine` is None where no method asks a model. What is made from a task's pairs is tested on those it was made
    from and on the others, what is made from the task or its solution on all of them. Raises EngineError.
    """
    made: list[Candidate] = []
    left_out: list[RubricLeftOut] = []
    splits = [_split(own, config.held_out, seed) for own in _by_task(contrasts)]
    for split in splits:
        made += _by_program(split, config)
    for method in config.by_model:
        if engine is None:
            raise EngineError(f"method {method} asks a model, and none is open")
        shown = [each for split in splits for each in (split.own if method == "contrast" else split.own[:1])]
        of_task = {split.own[0].task_id: split for split in splits}
        for answer in from_model(engine, shown, method, config.asking, seed):
            split = of_task[answer.contrast.task_id]
            left_out += _unread(answer)
            if answer.rubric is not None:
                own = (answer.contrast,) if method == "contrast" else ()
                made.append(_candidate(answer.rubric, own, split))
    return Candidates(made, left_out)


def _by_program(split: _Split, config: GenerationConfig) -> Iterator[Candidate]:
    task_id = split.own[0].task_id
    if "programs" in config.methods:
        criteria, explained = from_programs(split.own)
        if criteria:
            yield _candidate(rubric_of(task_id, criteria, "programs"), explained, split)
    if "path" in config.methods and (hops := from_steps(split.own[0])):
        yield _candidate(rubric_of(task_id, hops, "path"), (), split)


def _candidate(rubric: Rubric, own: tuple[Contrast, ...], split: _Split) -> Candidate:
    """Tested on all pairs of its task that it was not made from."""
    return Candidate(rubric, own, tuple(each for each in (*split.own, *split.held_out) if each not in own))


def _by_task(contrasts: Sequence[Contrast]) -> list[list[Contrast]]:
    grouped: dict[str, list[Contrast]] = defaultdict(list)
    for contrast in contrasts:
        grouped[contrast.task_id].append(contrast)
    return list(grouped.values())


def _split(contrasts: list[Contrast], share: float, seed: int) -> _Split:
    """Those held out are drawn; at least one is not."""
    places = range(len(contrasts))
    count = min(round(share * len(contrasts)), len(contrasts) - 1)
    held_out = set(generator(seed, "held-out pairs", contrasts[0].task_id).sample(places, count))
    return _Split(
        tuple(contrasts[place] for place in places if place not in held_out),
        tuple(contrasts[place] for place in places if place in held_out),
    )


def _unread(made: Made) -> list[RubricLeftOut]:
    return [
        RubricLeftOut(
            rubric_id="" if made.rubric is None else made.rubric.id,
            task_id=made.contrast.task_id,
            method=made.method,
            title="" if made.rubric is None else " ".join(refused.text.split()[:8]),
            text=refused.text,
            cause="unread",
            detail=refused.why,
        )
        for refused in made.refused
    ]
