"""What answers the searches of a run: a model, how its tokens are read, and what it has spent."""

from pathlib import Path
from typing import Any

from flows.pairs import plain_decoder
from generators.judging import Verifiers
from generators.preferences.search.answering import Searching, Values
from generators.preferences.steps import StepConfig
from pipeline.engines.budget import Tokens
from pipeline.engines.chat import encoded
from pipeline.engines.config import ModelConfig
from pipeline.engines.protocol import Engine
from pipeline.models import resolve
from pipeline.models.load import context_of, load_tokenizer
from pipeline.store import Stage
from schemas import Continuation, Task, from_table
from trainer.config import SamplingConfig
from trainer.prm.model import PrmError, beginnings_worth, open_prm


def searching_by(
    engine: Engine,
    model: ModelConfig,
    sampling: SamplingConfig,
    verifiers: Verifiers,
    *,
    steps: StepConfig,
    seed: int,
    prm: str,
    max_tokens: int | None,
) -> Searching:
    """Raises PrmError for a process reward model that reads other tokens than the model that is searched."""
    tokenizer = load_tokenizer(_folder(model))[0]
    return Searching(
        engine=engine,
        decode=plain_decoder(tokenizer),
        sampling=sampling.for_engine(),
        step_stops=steps.stops,
        seed=seed,
        prefill=sampling.prefill,
        judge=verifiers.judge,
        max_tokens=max_tokens,
        context=_context(model),
        values=_values(prm, sampling.prefill, tokenizer) if prm else None,
    )


def spent_on(
    tasks: Stage[Task], continuations: Stage[Continuation], model: ModelConfig, sampling: SamplingConfig
) -> Tokens:
    """The tokens of the continuations that are stored; what stands before one is read for each."""
    tokenizer = load_tokenizer(_folder(model))[0]
    read = written = 0
    for shard in range(continuations.count):
        made = [each for each in continuations.so_far(shard) if each.kind != "value"]
        prompts = {
            each.id: len(encoded(tokenizer, model.name, each.prompt, sampling.prefill))
            for each in from_table(tasks.read(shard), Task)
            if made
        }
        read += sum(prompts[each.task_id] + each.path_tokens for each in made)
        written += sum(len(each.token_ids) for each in made)
    return Tokens(read, written)


def _folder(model: ModelConfig) -> Path:
    return Path(resolve(model.tokenizer or model.name, weights=False).path)


def _context(model: ModelConfig) -> int | None:
    known = [each for each in (model.context, context_of(_folder(model))) if each is not None]
    return min(known, default=None)


def _values(folder: str, prefill: str, tokenizer: Any) -> Values:
    prm = open_prm(Path(folder))
    if prm.tokenizer.get_vocab() != tokenizer.get_vocab():
        raise PrmError(f"{folder} reads other tokens than the model that is searched: train it on that model")
    return lambda beginnings: beginnings_worth(prm, beginnings, prefill)
