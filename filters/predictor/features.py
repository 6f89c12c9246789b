"""A task as named numbers: where it stands (family, level, style), how it is built, what its words are."""

import hashlib
import math
import re
from collections.abc import Collection
from functools import lru_cache

from schemas import Task, jsontext

GROUPS = ("family", "cell", "style", "structure", "answer", "words", "reading")
"""What stands before the colon of a name. The names of a group are believed to matter alike."""

READING = "reading:gold"
NUMBERS = ("structure", "reading")
"""Groups whose features are numbers of any size; those of the others are indicators."""

_LONGEST = 4000
"""Characters of a question that are read."""

_WORD = re.compile(r"[^\W\d_]+|\d|[^\w\s]")


def group_of(name: str) -> str:
    return name.partition(":")[0]


def named_features(task: Task, buckets: int, salt: int, reading: float | None = None) -> dict[str, float]:
    """The task's features by name, those that are 0 left out.

    Nothing is read of other tasks, of rollouts, or of the solved examples before the question. `reading` is what the
    model makes of the gold answer (`filters.predictor.reading`), where it was asked. `structure` numbers are
    as the family gives them; the words of question and answer are hashed into `buckets` columns, as in Weinberger et
    al., "Feature hashing for large scale multitask learning" (2009), and their vector has length 1. Words of questions
    are each family's own; those of answers are shared, since a model has its favourite answers everywhere.
    """
    cell = str(task.level) if task.level else jsontext.dumps(task.params)
    found = {
        f"family:{task.family}": 1.0,
        f"cell:{task.family}/{cell}": 1.0,
        f"style:{task.family}/{task.style}": 1.0,
        f"structure:{task.family}/answer length": math.log1p(len(task.answer)),
    }
    found |= {f"structure:{task.family}/{name}": value for name, value in task.features.items()}
    if reading is not None:
        found[READING] = reading
    if buckets:
        question = {word for asked in task.prompt[-1:] for word in _WORD.findall(asked.content[:_LONGEST].lower())}
        answer = task.answer[:_LONGEST]
        found |= _hashed("words", {f"{task.family} {word}" for word in question}, buckets, salt)
        found |= _hashed("answer", {answer, *_WORD.findall(answer)}, buckets, salt)
    return found


def _hashed(group: str, words: Collection[str], buckets: int, salt: int) -> dict[str, float]:
    sums: dict[str, float] = {}
    for word in words:
        bucket, sign = _bucket(f"{group} {word}", buckets, salt)
        name = f"{group}:{bucket}"
        sums[name] = sums.get(name, 0.0) + sign
    length = math.sqrt(sum(value * value for value in sums.values())) or 1.0
    return {name: value / length for name, value in sums.items() if value}


@lru_cache(maxsize=65536)
def _bucket(text: str, buckets: int, salt: int) -> tuple[int, float]:
    digest = hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), digest_size=8, salt=salt.to_bytes(8, "big")
    ).digest()
    number = int.from_bytes(digest, "big")
    return (number >> 1) % buckets, 1.0 if number & 1 else -1.0
