"""Tasks whose pass rates are known, because they were planted: by cell, by structure, by words, and by luck."""

import math

from filters.beta import JEFFREYS
from filters.config import DifficultyConfig
from filters.difficulty import Tally, difficulty_of
from pipeline.seeding import generator
from schemas import Difficulty, Message, Task

FAMILIES = {"letters.easy": 1.5, "letters.middle": 0.0, "letters.hard": -2.0}
HARD_WORDS = ("owl", "fox")
WORDS = (*HARD_WORDS, "cow", "hen", "pig", "cat", "dog", "bee")


def planted_task(index: int, seed: int = 0, family: str | None = None, level: int | None = None) -> Task:
    """A task of one of three families and four levels, with a size and three animals."""
    draw = generator(seed, "planted task", index)
    family, level = family or draw.choice(list(FAMILIES)), level or draw.randint(1, 4)
    size, words = float(draw.randint(1, 9)), draw.sample(WORDS, 3)
    return Task(
        id=f"{seed}-{index}",
        family=family,
        domain="letters",
        level=level,
        style="plain",
        prompt=(Message("user", f"How many letters have {', '.join(words)}, {size:g} times?"),),
        answer=str(draw.randint(10, 99)),
        payload={},
        params={},
        canonical=f"{seed}-{index}",
        features={"size": size},
        seed=seed,
        index=index,
        version=1,
    )


def planted_rate(task: Task, noise: float = 0.5) -> float:
    """The true pass rate: falls with level and size, and where a hard word is in the question."""
    question = task.prompt[-1].content
    log_odds = FAMILIES.get(task.family, 0.0) - 0.8 * (task.level - 2.5) - 0.3 * (task.features["size"] - 5)
    log_odds -= 1.0 * sum(word in question for word in HARD_WORDS)
    log_odds += generator(0, "luck", task.id).gauss(0, noise)
    return 1 / (1 + math.exp(-log_odds))


def planted_difficulty(task: Task, samples: int = 8, rate: float | None = None) -> Difficulty:
    """What so many rollouts at the task's true rate say of it."""
    rate = planted_rate(task) if rate is None else rate
    draw = generator(0, "rollouts", task.id)
    successes = sum(draw.random() < rate for _ in range(samples))
    return difficulty_of(task.id, "m", "r", Tally(successes, samples - successes), DifficultyConfig(), JEFFREYS)
