"""Useful tokens per CPU-second: the transformers engine against the library's own `generate`, one thread, one model.

    python -m benchmarks.engines [--rounds 2]

Both sample SmolLM2-135M on the same prompts, as many samples of each, at the same temperature and batch of 64 rows, and
take turns in one process. Useful tokens are those up to each sample's end: what `generate` computes for rows that have
ended already is its own cost. Its batches are sorted by prompt length, as a careful user would.
"""

import argparse
import json
import platform
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rich.console import Console
from rich.table import Table

from generators.stream import Segment, tasks_of
from pipeline.engines import Request, Sampling
from pipeline.engines.transformers import TransformersEngine
from pipeline.models import load_model, resolve
from pipeline.seeding import derived_seed
from schemas import Message

RESULTS = Path(__file__).parent / "results" / "engines.json"
MODEL = "smollm2-135m"
ROWS = 64


class Case(NamedTuple):
    """`samples` of each of `prompts` prompts, of at most `max_tokens` tokens."""

    name: str
    prompts: int
    samples: int
    max_tokens: int
    temperature: float
    examples: int
    """Solved problems before each question; 0 asks for a sentence on a topic instead."""


CASES = (
    Case("short answers", 32, 4, 16, 1.0, 0),
    Case("ragged answers", 32, 4, 64, 1.0, 0),
    Case("many samples", 16, 8, 32, 0.7, 0),
    Case("solved examples first", 24, 4, 16, 0.7, 4),
)

TOPICS = ("a river", "a metal", "a city in Europe", "an animal that swims", "a colour", "a number above ten")


def messages(case: Case) -> list[tuple[Message, ...]]:
    if case.examples:
        segment = Segment(
            family="calendar.date_arithmetic", level=1, seed=3, start=0, stop=case.prompts, examples=case.examples
        )
        return [task.prompt for task in tasks_of(segment)]
    asked = [
        f"Name {TOPICS[place % len(TOPICS)]} and say why." + " Be brief." * (place % 4) for place in range(case.prompts)
    ]
    return [(Message("user", f"{place + 1}. {text}"),) for place, text in enumerate(asked)]


def ours(engine: TransformersEngine, prompts: Sequence[tuple[int, ...]], case: Case, turn: int) -> tuple[int, float]:
    """Tokens made and CPU-seconds."""
    requests = [
        Request(
            id=str(place),
            prompt_ids=ids,
            seeds=tuple(derived_seed(turn, "benchmark", place, sample) for sample in range(case.samples)),
        )
        for place, ids in enumerate(prompts)
    ]
    start = time.process_time()
    made = list(engine.generate(requests, Sampling(temperature=case.temperature, max_tokens=case.max_tokens)))
    return sum(len(completion.token_ids) for completion in made), time.process_time() - start


def theirs(model: Any, tokenizer: Any, prompts: Sequence[tuple[int, ...]], case: Case, turn: int) -> tuple[int, float]:
    """The same by `model.generate`."""
    torch.manual_seed(turn)
    rows = sorted([list(ids) for ids in prompts for _ in range(case.samples)], key=len)
    end, tokens = model.generation_config.eos_token_id, 0
    start = time.process_time()
    for first in range(0, len(rows), ROWS):
        batch = tokenizer.pad({"input_ids": rows[first : first + ROWS]}, return_tensors="pt", padding_side="left")
        with torch.inference_mode():
            told = model.generate(
                **batch,
                max_new_tokens=case.max_tokens,
                do_sample=True,
                temperature=case.temperature,
                top_k=0,
                top_p=1.0,
            )
        for row in told[:, batch["input_ids"].shape[1] :].tolist():
            tokens += row.index(end) + 1 if end in row else len(row)
    return tokens, time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2, help="turns of each side a case")
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    checkpoint = resolve(MODEL)
    model, tokenizer = load_model(checkpoint.path, "float32")
    model.eval()
    engine = TransformersEngine(model, tokenizer, name=MODEL, revision=checkpoint.revision, rows=ROWS)

    table = Table("case", "ours, tokens a CPU-s", "generate", "ratio", title=f"{MODEL}, {ROWS} rows, fp32, one thread")
    found = []
    for case in CASES:
        prompts = [engine.encode(asked) for asked in messages(case)]
        turns = [
            (ours(engine, prompts, case, turn), theirs(model, tokenizer, prompts, case, turn)) for turn in range(rounds)
        ]
        rates = [sum(turn[side][0] for turn in turns) / sum(turn[side][1] for turn in turns) for side in (0, 1)]
        found.append({**case._asdict(), "ours": rates[0], "generate": rates[1], "ratio": rates[0] / rates[1]})
        table.add_row(case.name, f"{rates[0]:.0f}", f"{rates[1]:.0f}", f"{rates[0] / rates[1]:.2f}")
    Console().print(table)
    versions = {name: version(name) for name in ("torch", "transformers")}
    told = {"model": MODEL, "rows": ROWS, "rounds": rounds, "machine": platform.machine(), "versions": versions}
    RESULTS.write_text(json.dumps({**told, "cases": found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
