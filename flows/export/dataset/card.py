"""The dataset's card: what is in it, how hard it is, what was left out, how to verify an answer and make it again."""

import re
from itertools import islice

from flows.export.dataset.columns import KEPT_BACK, columns_table
from flows.export.dataset.contamination import contamination_of
from flows.export.dataset.header import header
from flows.export.dataset.measured import Measured, composition_of, difficulty_of, licences_of
from flows.export.dataset.remade import config_digest
from flows.export.dataset.way import duplicates_of, filters_of, way_of
from flows.export.folder import Draft
from flows.export.readme import is_folder, model_name, run_name
from flows.export.source import Source
from schemas import CurriculumRow

_EXAMPLES = 3
_LOOKED_AT = 200
_LONGEST_PROMPT = 1_000
_LONGEST_ANSWER = 300

_GUESSED = 10**17
"""Seeds below this could be tried one by one on a published task by whoever has the machines."""


def card(source: Source, draft: Draft, measured: Measured) -> str:
    """The whole text of README.md. Raises StoreError where the run's stages are of several configs."""
    way = way_of(source)
    sections = {
        "Composition": composition_of(measured),
        "How hard": difficulty_of(source, measured),
        "Duplicates": duplicates_of(way),
        "Contamination": contamination_of(source),
        "Filters": filters_of(source, way),
        "Verifying an answer": _verifying(source, measured),
        "Answers": _answers(source, measured),
        "Columns": columns_table(),
        "Examples": _examples(source),
        "How it was made": _made(source),
        "Licences": licences_of(measured),
        "What the numbers do not say": _limits(source),
    }
    texts = [f"---\n{header(source, draft, measured)}\n---", f"# {run_name(source)}", _INTRODUCTION.strip()]
    texts += [f"## {title}\n\n{text.strip()}" for title, text in sections.items()]
    return "\n\n".join(texts) + "\n"


def guessable(source: Source) -> bool:
    """Whether the seed that is kept back could be found by trying."""
    return bool(source.withheld) and source.run.seed < _GUESSED


def _verifying(source: Source, measured: Measured) -> str:
    if not (open_splits := [split for split in measured.splits if split not in source.withheld]):
        return "What the verifier needs is kept back with the answers: who published this dataset can score responses."
    return _VERIFY.replace("@SPLIT", open_splits[0])


def _answers(source: Source, measured: Measured) -> str:
    if not source.withheld:
        return (
            f"The rows of all splits ({', '.join(measured.splits)}) have their gold answer and what the verifier "
            "needs, held-out ones too. Whoever crawls this dataset sees them."
        )
    kept = ", ".join(split for split in measured.splits if split in source.withheld)
    said = [
        f"The rows of {kept} are published without their answers: the columns {', '.join(KEPT_BACK)} are empty there. "
        "`seed` is empty everywhere, since it makes every task again, and digests that have the seed in them are left "
        "out. Who published this dataset has the answers.",
        "The problems can still be solved by whoever writes a program for their rules.",
    ]
    if guessable(source):
        said.append(
            "The seed is small enough to be found by trying, so take the answers for hidden from crawlers only."
        )
    return "\n\n".join(said)


def _examples(source: Source) -> str:
    """Of different families, with their answers, from a split that has them."""
    shown: dict[str, CurriculumRow] = {}
    for split, stage in source.curriculum.items():
        for row in islice(stage.records(), _LOOKED_AT) if split not in source.withheld else ():
            if len(shown) < _EXAMPLES:
                shown.setdefault(row.family, row)
    return "\n\n".join(map(_example, shown.values())) or "None: the answers of all splits are kept back."


def _example(row: CurriculumRow) -> str:
    prompt, answer = _cut(row.prompt[-1].content, _LONGEST_PROMPT), _cut(row.answer, _LONGEST_ANSWER)
    title = f"`{row.family}`, level {row.level}, pass rate {row.pass_rate:.2f} ({row.split})"
    return f"{title}\n\n{_fenced(prompt)}\n\nGold answer:\n\n{_fenced(answer)}"


def _fenced(text: str) -> str:
    """Quoted as it is: with a fence that is longer than any in it."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]} … ({len(text):,} characters)"


def _made(source: Source) -> str:
    config = source.config
    seed = f"seed {source.run.seed}. The digest of its config is `{config_digest(source)}`"
    versions = ", ".join(f"{name} {version}" for name, version in sorted(source.run.versions().items()))
    said = [
        f"Run `{run_name(source)}` of Taskmill, {'its seed kept back' if source.withheld else seed}. It was made with "
        f"{versions}.",
        _REMAKE.format(name=run_name(source)) if not source.withheld else _KEPT_CONFIG.strip(),
    ]
    if config.model is not None and config.model.engine != "server" and is_folder(config.model.name):
        said.append(
            f"`{model_name(source)}` was a folder of the machine that measured; its revision is a hash of its contents."
        )
    said.append(
        "`export.json` has the sha256 of each file, `provenance.json` the sha256 of each of the run's shards that they "
        "were made from."
    )
    return "\n\n".join(part.strip() for part in said)


def _limits(source: Source) -> str:
    band = source.config.difficulty
    lines = [
        "A pass rate is that of one model, sampled in one way. Other models find other tasks hard.",
        "Each interval holds for its own task: of a hundred tasks about five have their true rate outside.",
        "Rows were chosen by the same rollouts that their rates are told from. Measured afresh, rates come out a "
        "little nearer to those of the tasks that were left out.",
        f"Within {band.zone:g} of an edge of the band a task may be on either side.",
        "A rate joins two skills: solving the problem, and writing the answer as the prompt asks.",
        "Prompts are worded by templates, a few a family. A model may learn the template.",
        "Levels are rungs of a family's own ladder: level 3 of one family is not as hard as level 3 of another.",
        "Problems that are alike but not the same were not looked for.",
    ]
    return "\n".join(f"- {line}" for line in lines)


_INTRODUCTION = """
Tasks that a program verifies, each with how often a model solves it. They were made by rules, not collected: no text of
people is in them. A problem is in one split only, whatever its wording. Rows stand in training order.
"""

_VERIFY = """
With Taskmill installed (`pip install path/to/taskmill datasets`):

```python
from pathlib import Path

from datasets import load_dataset

from generators.verify import verify
from trainer.rewards.outside.judging import question

name = str(Path.cwd())  # the folder of this file, or the dataset's name on the hub
rows = load_dataset(name, split="@SPLIT", streaming=True)
for row in rows.take(3):
    task = question(row["family"], row["version"], row["payload"])
    verdict = verify(task, f"I think it is <answer>{row['answer']}</answer>")
    print(verdict.score, verdict.reason)
```

The verifier judges by the rules: every right answer is accepted, not the gold answer alone. Where
it can't judge, the score is None; that is no wrong answer.
"""

_REMAKE = """
```sh
taskmill run config.yaml
taskmill export outputs/{name} --to dataset --output remade
```

Tasks, duplicates and splits come out the same byte by byte. Rollouts are sampled by a model: on another machine or
engine they differ a little, and with them the rates and the choice of rows.
"""

_KEPT_CONFIG = """
`config.yaml` has all settings but the seed. With a seed of your own it makes other tasks of the same kind.
"""
