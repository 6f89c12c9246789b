"""A world for tree searches: running sums of six digits, and a tiny model that slips in the middle of them.

`3+8+5+...=` is worked out a step at a time, `3+8=11,11+5=16,...<answer>31</answer>`. The model is the trainer's tiny
one, taught right solutions until it gets nearly all of them right, and then for a while solutions in which a step of
four says one to three too much and the next go on from there: it knows the sums, and slips by habit. There is one way
of working here and no slip makes up for another, so what is true of each step is known: a beginning is right while it
is that of the right solution, and its value is the chance that the model goes on with the rest of it. One model serves
all seeds; each seed has problems and draws of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import torch

from generators.arithmetic.chain import FAMILY, Params
from generators.cores.expression.tree import steps_of
from generators.family import make_instance, task_of
from generators.preferences.search.answering import Searching, Values
from generators.preferences.search.asking import Path as TokenPath
from generators.preferences.search.asking import Search
from generators.preferences.search.rounds import grown, results
from generators.preferences.steps import StepConfig, step_ends
from generators.verify import verify
from pipeline.engines.batch import Batch
from pipeline.engines.protocol import Request, Sampling
from pipeline.engines.transformers import TransformersEngine
from pipeline.models import load_model
from pipeline.models.load import without_bars
from pipeline.seeding import derived_seed, generator
from schemas import Continuation, Message, Task
from trainer import tiny
from trainer.batch import Row, collate
from trainer.logprobs import completion_logprobs

FOLDER = Path("outputs") / "search"
PARAMS = Params(terms=6, digits=1, operators="+")
TAUGHT, PROBED = slice(0, 6000), slice(6000, 6080)
"""Places among the problems: what the model is taught, and what tells when it is taught enough."""
SEARCHED, HELD_OUT = 120, 60
LESSONS_FROM = 7000
SKILL, CHECKED_EVERY, MOST_STEPS = 0.93, 20, 1200
SLIPS, TOO_MUCH, SLIPPED_STEPS = 0.25, (1, 2, 3), 60
"""The share of steps that slip in what the model is shown in the end, by how much, and for how many updates."""
ROWS = 64
SAMPLING = Sampling(temperature=1.0, max_tokens=60, stop=(tiny.CLOSE,))
STEPS = StepConfig(marks=[","])


def signs() -> Any:
    """The tiny model's tokenizer; its template shows the sum alone."""
    made = tiny.tokenizer()
    made.chat_template = "{{ messages[-1]['content'].split('\\n')[0][8:-1] | replace(' ', '') }}="
    return made


def problems(seed: int) -> tuple[list[Task], list[Task]]:
    """A seed's problems to search on, and those held out from that; no problem is there twice, or was taught."""
    first = PROBED.stop + seed * (SEARCHED + HELD_OUT)
    drawn = distinct(first + SEARCHED + HELD_OUT)
    return drawn[first : first + SEARCHED], drawn[first + SEARCHED :]


def lessons(seed: int, count: int) -> list[Task]:
    """A seed's problems to learn on, beyond all others."""
    first = LESSONS_FROM + seed * count
    return distinct(first + count)[first:]


def distinct(count: int) -> list[Task]:
    """The first problems, none written as another is: in another order of numbers other steps are right."""
    drawn: dict[str, Task] = {}
    index = 0
    while len(drawn) < count:
        task = task_of(FAMILY, make_instance(FAMILY, PARAMS, 0, index), PARAMS, 1, 0, index, "plain")
        drawn.setdefault(task.prompt[0].content, task)
        index += 1
    return list(drawn.values())


def solution(task: Task) -> tuple[str, ...]:
    """The texts of the right steps, the answer last."""
    expression = msgspec.convert(task.payload, FAMILY.instance).expression
    steps = [f"{step.left}{step.operator}{step.right}={step.result}," for step in steps_of(expression)]
    return (*steps, f"{tiny.OPEN}{task.answer}{tiny.CLOSE}")


def slipped(task: Task, rng: Random) -> tuple[str, ...]:
    """The texts of steps of which some say too much."""
    texts, total = [], None
    for step in steps_of(msgspec.convert(task.payload, FAMILY.instance).expression):
        before = int(step.left) if total is None else total
        total = before + int(step.right) + (rng.choice(TOO_MUCH) if rng.random() < SLIPS else 0)
        texts.append(f"{before}+{step.right}={total},")
    return (*texts, f"{tiny.OPEN}{total}{tiny.CLOSE}")


def truth(task: Task, steps: Sequence[str]) -> tuple[bool, ...]:
    """Of each beginning whether it is one of the right solution."""
    right = solution(task)
    return tuple(tuple(steps[: place + 1]) == right[: place + 1] for place in range(len(steps)))


@torch.no_grad()
def known_values(learner: Any, tokenizer: Any, task: Task) -> list[float]:
    """What each right beginning is worth, the last step left out: the chance of all the rest of the right solution."""
    steps = solution(task)
    row = demonstration(tokenizer, task.prompt, "".join(steps))
    logprobs = completion_logprobs(learner, collate([row], learner.device), 1.0)[0]
    ends = accumulate(len(tokenizer(step, add_special_tokens=False)["input_ids"]) for step in steps)
    return [float(logprobs[end:].sum().exp()) for end in ends][:-1]


def policy() -> Path:
    """The folder of the model that slips."""
    folder = FOLDER / "policy"
    if not folder.exists():
        tokenizer = signs()
        learner = tiny.model(0, len(tokenizer))
        drawn = distinct(PROBED.stop)
        probe = [demonstration(tokenizer, task.prompt, "".join(solution(task))) for task in drawn[PROBED]]
        draw = generator(0, "search world")
        optimizer = optimizer_of(learner)
        learner.train()
        for step in range(MOST_STEPS):
            _taught(learner, optimizer, tokenizer, draw.choices(drawn[TAUGHT], k=tiny.BATCH), solution)
            if (step + 1) % CHECKED_EVERY == 0 and tiny._skill(learner, probe) >= SKILL:
                break
        print(f"{step + 1} updates, {tiny._skill(learner, probe):.2f} right", flush=True)
        for _ in range(SLIPPED_STEPS):
            chosen = draw.choices(drawn[TAUGHT], k=tiny.BATCH)
            _taught(learner, optimizer, tokenizer, chosen, lambda task: slipped(task, draw))
        print(f"{tiny._skill(learner.eval(), probe):.2f} right with slips", flush=True)
        kept(learner, tokenizer, folder)
    return folder


def kept(learner: Any, tokenizer: Any, folder: Path) -> None:
    making = folder.with_name(f"{folder.name}.making")
    with without_bars():
        learner.save_pretrained(making)
    tokenizer.save_pretrained(making)
    making.rename(folder)


def opened(folder: Path) -> tuple[Any, Any, TransformersEngine]:
    """Model, tokenizer, and the engine of both."""
    learner, tokenizer = load_model(folder, "float32")
    return learner, tokenizer, TransformersEngine(learner.eval(), tokenizer, name="tiny", revision="1", rows=ROWS)


def demonstration(tokenizer: Any, prompt: Sequence[Message], text: str) -> Row:
    messages = [{"role": message.role, "content": message.content} for message in prompt]
    prompt_ids = tokenizer(tokenizer.apply_chat_template(messages, tokenize=False), add_special_tokens=False)
    token_ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    zeros = [0.0] * len(token_ids)
    return Row(prompt_ids["input_ids"], token_ids, zeros, zeros, zeros, weight=1.0)


def _taught(
    learner: Any,
    optimizer: torch.optim.Optimizer,
    tokenizer: Any,
    tasks: Sequence[Task],
    shown: Callable[[Task], tuple[str, ...]],
) -> None:
    rows = [demonstration(tokenizer, task.prompt, "".join(shown(task))) for task in tasks]
    tiny._teach(learner, optimizer, rows)


def optimizer_of(learner: Any, lr: float = tiny.LEARNING_RATE) -> torch.optim.Optimizer:
    return torch.optim.AdamW(learner.parameters(), lr=lr, betas=(0.9, 0.98), weight_decay=0.1)


def searched(
    tasks: Sequence[Task],
    engine: TransformersEngine,
    tokenizer: Any,
    search: Callable[[Task], Search[Any]],
    seed: int,
    values: Values | None = None,
    at_once: int = 4096,
) -> tuple[dict[str, Any], list[Continuation]]:
    """What the searches came to by task, and all that was sampled for them."""
    told = Searching(
        engine=engine,
        decode=lambda ids: decoded(tokenizer, ids),
        sampling=SAMPLING,
        step_stops=STEPS.stops,
        seed=seed,
        values=values,
        at_once=at_once,
    )
    made = [each for batch in grown(tasks, search, told) for each in batch]
    return results(tasks, search, told, made), made


def sampled(
    tasks: Sequence[Task], engine: TransformersEngine, count: int, seed: int
) -> dict[str, list[tuple[tuple[int, ...], str, bool]]]:
    """Token ids, text and rightness of `count` responses to each task."""
    requests = [
        Request(
            id=task.id,
            prompt_ids=engine.encode(task.prompt),
            seeds=tuple(derived_seed(seed, "responses", task.id, number) for number in range(count)),
        )
        for task in tasks
    ]
    by_id = {task.id: task for task in tasks}
    made: dict[str, list[Any]] = {task.id: [None] * count for task in tasks}
    for done in engine.generate(requests, SAMPLING):
        right = verify(by_id[done.request_id], done.text).score == 1.0
        made[done.request_id][done.sample] = (done.token_ids, done.text, right)
    return made


def decoded(tokenizer: Any, ids: Sequence[int]) -> str:
    return str(tokenizer.decode(list(ids), skip_special_tokens=True))


def steps_in(tokenizer: Any, path: TokenPath) -> list[int]:
    return step_ends(path, lambda ids: decoded(tokenizer, ids), STEPS)


def texts_of(tokenizer: Any, path: TokenPath, ends: Sequence[int]) -> tuple[str, ...]:
    return tuple(decoded(tokenizer, path[start:end]) for start, end in zip([0, *ends], ends, strict=False))


def sampled_tokens(made: Sequence[Continuation]) -> int:
    return sum(len(each.token_ids) for each in made)


@contextmanager
def occupancy() -> Iterator[list[int]]:
    """How many rows of the engine's batch are live at each decoding step inside."""
    live: list[int] = []
    step = Batch._step

    def counted(batch: Batch) -> Any:
        live.append(len(batch._live))
        return step(batch)

    Batch._step = counted  # type: ignore[method-assign]
    try:
        yield live
    finally:
        Batch._step = step  # type: ignore[method-assign]
