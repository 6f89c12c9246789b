"""Rubrics from a model: candidates sampled through any engine, read within bounds, asked again where none is read."""

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import Field

from pipeline.config import Section
from pipeline.engines.protocol import Engine, Request, Sampling
from pipeline.seeding import derived_seed
from rubrics.generation.contrast import Contrast
from rubrics.generation.parsing import SCHEMA, Refused, parsed
from rubrics.generation.prompts import Asking, asked
from schemas import Criterion, Rubric, jsontext


class AskingConfig(Section):
    """How a model is asked for rubrics."""

    samples: int = Field(2, ge=1, le=64, description="candidates a contrast and method; the filter takes of them")
    tries: int = Field(2, ge=1, le=8, description="times that a candidate is drawn until it can be read")
    temperature: float = Field(0.7, ge=0, le=2, description="divides the logits; 0 is greedy")
    max_tokens: int = Field(512, ge=16, description="longest answer, in tokens")
    constrained: bool = Field(
        True, description="vLLM and servers hold the model to the form; false for a server that knows no such thing"
    )


class Made(NamedTuple):
    """A candidate rubric, None where no text could be read as one, and what of it was refused."""

    contrast: Contrast
    method: str
    rubric: Rubric | None
    refused: tuple[Refused, ...]


def from_model(
    engine: Engine, contrasts: Sequence[Contrast], asking: Asking, config: AskingConfig, seed: int
) -> list[Made]:
    """`config.samples` candidates for each contrast, in order; each is a function of its contrast, number and seed.

    Engines that can hold a model to a JSON schema are given ours; of the others a text that can't be read is drawn
    again, and after the last try the candidate is none. Raises EngineError.
    """
    sampling = Sampling(
        temperature=config.temperature, max_tokens=config.max_tokens, json_schema=SCHEMA if config.constrained else ""
    )
    made: dict[tuple[int, int], Made] = {}
    wanted = [(place, number) for place in range(len(contrasts)) for number in range(config.samples)]
    for attempt in range(config.tries):
        texts = _texts(engine, contrasts, asking, wanted, sampling, (seed, attempt))
        for key in wanted:
            found = parsed(texts[key])
            contrast = contrasts[key[0]]
            rubric = rubric_of(contrast.task_id, found.criteria, asking) if found.criteria else None
            unread = (Refused(texts[key][:200], "it is no rubric in JSON and no list"),)
            made[key] = Made(contrast, asking, rubric, found.refused or (() if rubric else unread))
        wanted = [key for key in wanted if made[key].rubric is None]
        if not wanted or not config.temperature:
            break
    return [made[key] for key in sorted(made)]


def rubric_of(task_id: str, criteria: Sequence[Criterion], method: str) -> Rubric:
    """The rubric with its id: a hash of all that it says."""
    criteria = tuple(criteria)
    return Rubric(id=jsontext.digest(task_id, method, criteria), task_id=task_id, criteria=criteria, method=method)


def _texts(
    engine: Engine,
    contrasts: Sequence[Contrast],
    asking: Asking,
    wanted: Sequence[tuple[int, int]],
    sampling: Sampling,
    draw: tuple[int, int],
) -> dict[tuple[int, int], str]:
    requests: list[Request] = []
    samples: dict[tuple[str, int], tuple[int, int]] = {}
    for place in sorted({place for place, _ in wanted}):
        contrast, numbers = contrasts[place], [number for own, number in wanted if own == place]
        messages = asked(contrast, asking)
        content = jsontext.digest(contrast)
        seed, attempt = draw
        seeds = tuple(derived_seed(seed, "rubric", asking, content, number, attempt) for number in numbers)
        requests.append(Request(id=str(place), prompt_ids=engine.encode(messages), seeds=seeds, messages=messages))
        samples |= {(str(place), sample): (place, number) for sample, number in enumerate(numbers)}
    return {samples[done.request_id, done.sample]: done.text for done in engine.generate(requests, sampling)}
