"""Contamination of natural text: word problems play a benchmark, told again in several ways, among problems of others.

    python -m benchmarks.contamination        # writes benchmarks/results/contamination.json

The thirty questions of `data/word_questions.jsonl`, and what they are in other words, were written for this. Clean are
the same questions with one number changed, and problems of reasoning-gym and of our families that are told in words.
Templated text, with planted duplicates of every kind, is measured by `benchmarks.dedup`.
"""

import json
import re
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.dedup_contamination import RULES, Split
from benchmarks.dedup_corpus import Labelled
from generators.family import make_task
from generators.registry import family_named
from pipeline.documents import documents_of
from pipeline.models.encoder import Encoder
from schemas import Document, statement_of

QUESTIONS = Path(__file__).parent / "data" / "word_questions.jsonl"
RESULTS = Path(__file__).parent / "results" / "contamination.json"

PLANTED = ("verbatim", "wrapped", "renamed", "paraphrased")
OUTSIDE = ("gsm_symbolic", "chain_sum", "leg_counting", "time_intervals", "calendar_arithmetic")
FAMILIES = ("arithmetic.word_problems", "logic.knights_knaves", "calendar.date_arithmetic")
EACH = 250
NAMES = ("Amadou", "Birgit", "Cem", "Dagny")
INSTRUCTION = "Solve the following problem step by step, and give the answer in the last line.\n\n{}\n\nShow all work."


def told_again() -> Iterator[Labelled]:
    """Each question in each of the PLANTED ways, and with another number."""
    for number, line in enumerate(QUESTIONS.read_text().splitlines()):
        row = json.loads(line)
        question, answer = row["question"], row["answer"]
        texts = {
            "verbatim": question,
            "wrapped": INSTRUCTION.format(question),
            "renamed": question.replace(row["name"], NAMES[number % len(NAMES)]),
            "paraphrased": row["paraphrase"],
        }
        for kind, text in texts.items():
            yield _labelled(f"{kind} {number}", "prompts", text, answer, kind, f"question {number}")
        first = re.search(r"\d+", question)
        assert first is not None
        changed = f"{question[: first.start()]}{int(first[0]) + 7}{question[first.end() :]}"
        yield _labelled(f"number {number}", "prompts", changed, "", "number", f"changed {number}")


def clean() -> Iterator[Labelled]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a dependency of reasoning-gym compares with `is` a literal
        import reasoning_gym
    for name in OUTSIDE:
        for number, row in enumerate(reasoning_gym.create_dataset(name, size=EACH, seed=5)):
            key = f"{name} {number}"
            yield _labelled(key, name, row["question"], str(row["answer"]), "clean", key)
    for name in FAMILIES:
        for index in range(EACH):
            task = make_task(family_named(name), level=1 + index % 5, seed=5, index=index)
            yield _labelled(task.id, name, statement_of(task.prompt), task.answer, "clean", task.canonical)


def _labelled(name: str, source: str, text: str, answer: str, kind: str, problem: str) -> Labelled:
    document = Document(id=name, source=source, text=text, answer=answer)
    return Labelled(document=document, problem=problem, kind=kind)


def main() -> None:
    items = [
        Labelled(document=item, problem=f"question {number}", kind="base")
        for number, item in enumerate(documents_of(str(QUESTIONS)))
    ]
    others = [*told_again(), *clean()]
    encoded = Encoder.load().vectors([one.document.text for one in (*items, *others)]).astype(np.float32)
    parts = Split(items, list(range(len(items))), others, list(range(len(items), len(items) + len(others))))
    rows: list[dict[str, Any]] = []
    for name, rule in RULES.items():
        start = time.process_time()
        flagged = rule(parts, encoded)
        kinds = {one.kind: [each for each in others if each.kind == one.kind] for one in others}
        shares = {kind: sum(each.document.id in flagged for each in own) / len(own) for kind, own in kinds.items()}
        rows.append(
            {
                "rule": name,
                "items": len(items),
                "found": {kind: shares[kind] for kind in PLANTED},
                "false_flags": {"number changed": shares["number"], "other problems": shares["clean"]},
                "clean": len(kinds["clean"]),
                "cpu_seconds": round(time.process_time() - start, 1),
            }
        )
        print(json.dumps(rows[-1]))
    RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
