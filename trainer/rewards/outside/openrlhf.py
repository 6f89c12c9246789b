"""`reward_func`: the reward function of OpenRLHF, which hands over whole texts: the prompt with the response behind."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from trainer.rewards.outside.judging import OutsideError, question, verdicts

_ENDS = re.compile(r"(?:<\|[^<>|\s]{1,40}\|>|</s>|<eos>|<end_of_turn>)\s*\Z")
_TAILS = (400, 100, 25)  # characters of a prompt that tell where it ends


class Label(msgspec.Struct, frozen=True, kw_only=True):
    """A row's `label`, as JSON: what the verifier needs, and how often the task was solved when it was measured."""

    task_id: str
    family: str
    version: int
    payload: str
    pass_rate: float


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[str], **_: Any) -> dict[str, Any]:
    """`rewards` and `scores`, a number in [0, 1] for each query, and as `extra_logs` the shares `undecided` and `acc`.

    OpenRLHF can leave no response out of its group, and takes no NaN. Where the verifier is undecided, the response is
    worth what the task earned on average when its difficulty was measured, which is hardly reward or punishment.
    Raises OutsideError for labels that `taskmill export` has not written, and as response_in does.
    """
    read = [_label(label) for label in labels]
    asked = [
        (question(label.family, label.version, label.payload), response_in(query, prompt))
        for query, prompt, label in zip(queries, prompts, read, strict=True)
    ]
    scores = [verdict.score for verdict in verdicts(asked)]
    rewards = [label.pass_rate if score is None else score for label, score in zip(read, scores, strict=True)]
    return {
        "rewards": _tensor(rewards),
        "scores": _tensor(rewards),
        "extra_logs": {
            "acc": _tensor([float(score == 1.0) for score in scores]),
            "undecided": _tensor([float(score is None) for score in scores]),
        },
    }


def response_in(query: str, prompt: str) -> str:
    """The response at the end of a query, without the marks that end a turn. Raises OutsideError where no prompt stands
    before it.

    A prompt that was cut off at its beginning, or that a tokenizer gives back with other spaces, is known by its last
    characters, where they stand for the last time: an answer in the prompt, such as that of an example, is never taken
    for the response's.
    """
    start = len(prompt) if query.startswith(prompt) else _end_of(prompt, query)
    response = query[start:]
    while (end := _ENDS.search(response[-100:])) is not None:
        response = response[: len(response) - (len(response[-100:]) - end.start())]
    return response


def _end_of(prompt: str, query: str) -> int:
    for size in _TAILS:
        if (place := query.rfind(prompt[-size:])) >= 0:
            return place + len(prompt[-size:])
    raise OutsideError(
        f"the prompt does not stand in the text that is to be judged, which ends in {query[-80:]!r}: the tokenizer "
        "gives back other characters than it was given, so nobody can tell where the response begins"
    )


def _label(text: str) -> Label:
    try:
        return msgspec.json.decode(text, type=Label)
    except (msgspec.DecodeError, TypeError) as error:
        raise OutsideError(
            f"label: {error}; train on the files that `taskmill export --to openrlhf` writes, with "
            "--data.label_key label"
        ) from None


def _tensor(values: Sequence[float]) -> Any:
    import torch  # which OpenRLHF has

    return torch.tensor(values, dtype=torch.float32)
