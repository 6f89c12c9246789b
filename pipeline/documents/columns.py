"""Which columns of a row are the problem, its answer and its name: said by the user, or guessed by a table."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from pydantic import Field

from pipeline.config import Section
from pipeline.documents.rows import DocumentError, Row
from pipeline.report.shown import plain
from schemas import Document, Message, statement_of

TEXTS = ("prompt", "question", "problem", "instruction", "query", "messages", "conversations", "input", "text")
ANSWERS = (
    *("answer", "expected_answer", "final_answer", "gold", "gold_answer", "ground_truth"),
    *("reward_model.ground_truth", "extra_info.answer", "target", "label", "solution", "output", "response"),
    *("completion", "messages", "conversations"),
)
IDS = (
    *("id", "task_id", "problem_id", "question_id", "unique_id", "uuid", "extra_info.task_id"),
    *("extra_info.index", "index", "idx"),
)
SOURCES = ("family", "extra_info.family", "data_source", "datasource", "dataset", "source")
"""The columns of a row, in the order in which they are looked for; capitals in their names do not matter."""

LONGEST_ANSWER = 200
"""Characters: what is longer, and marks no answer, is an explanation."""

_USERS = {"user", "human"}
_ASSISTANTS = {"assistant", "gpt", "model"}
_MARKED = re.compile(r"<answer>([^<]{1,2000})</answer>")
_LETTER = re.compile(r"\(?([A-Z])\)?\.?")
_SHARD = re.compile(r"([-_.]?(?P<number>\d{5,})(-of-\d{5,})?)?(\.\w+){1,2}\Z")


class Columns(Section):
    """The columns of foreign rows; a dot goes into a nested one, as in `reward_model.ground_truth`."""

    text: str = Field("", description="what is asked: a text or chat messages; guessed when left out")
    answer: str = Field("", description="one right answer; guessed when left out")
    id: str = Field("", description="the name of the row; guessed when left out, else file and row")
    source: str = Field("", description="what the row was made by; guessed when left out, else the file's name")


def document_of(row: Row, columns: Columns = Columns()) -> Document:
    """The problem of a row. Raises DocumentError, without the place, where it has no text."""
    values = row.values
    plainly = {str(name).casefold(): value for name, value in values.items()} | values
    stem = source_name(row.file)
    text = _first(plainly, columns.text, TEXTS, _asked)
    if not text:
        names = plain(", ".join(sorted(str(name)[:40] for name in values)[:12])) or "none"
        wanted = columns.text or f"one of {', '.join(TEXTS)}"
        raise DocumentError(f"no text in the column {wanted}; the row has the columns {names}: name it as columns.text")
    extra = _text(plainly.get("input")) if not columns.text and _asked(plainly.get("instruction")) == text else ""
    task = "canonical" in values and "family" in values
    return Document(
        id=_first(plainly, columns.id, IDS, lambda value: _name(value, stem)) or _place(row),
        source=_first(plainly, columns.source, SOURCES, _text)[:200] or stem,
        text=f"{text}\n\n{extra}" if extra else text,
        answer=_first(plainly, columns.answer, ANSWERS, lambda value: _answer(value, plainly)),
        canonical=_text(values.get("canonical")) if task else "",
        verified=1.0 if task else _share(values.get("verified")),
    )


def source_name(url: str) -> str:
    """What a file is called, without its ending and its number; its folder where nothing else is left."""
    parts = url.rstrip("/").split("/")
    name = _SHARD.sub("", parts[-1])
    named = name if name and name not in ("data", "part") else next((p for p in reversed(parts[:-1]) if p), name)
    return named or "file"


def _place(row: Row) -> str:
    """The name of a row that has none: its file, with its number of several, and the row."""
    shard = _SHARD.search(row.file)
    number = f"-{shard['number']}" if shard and shard["number"] else ""
    return f"{source_name(row.file)}{number}:{row.number}"


def short_answer(text: str) -> str:
    """The answer that a text ends with: marked by `####`, `\\boxed{}` or `<answer>`, or the whole where it is short;
    "" where it can't be told.

    >>> short_answer("4 + 3 = 7 apples. #### 7"), short_answer(r"So $x = \\boxed{\\frac{1}{2}}$.")
    ('7', '\\\\frac{1}{2}')
    """
    if "####" in text:
        return text.rpartition("####")[2].strip()[:LONGEST_ANSWER]
    if (start := text.rfind(r"\boxed{")) >= 0:
        return _braced(text[start + len(r"\boxed{") :][: 10 * LONGEST_ANSWER])
    if marked := _MARKED.findall(text):
        return str(marked[-1]).strip()
    return text.strip() if len(text.strip()) <= LONGEST_ANSWER else ""


def _first(values: Mapping[str, Any], wanted: str, names: Sequence[str], read: Any) -> str:
    found = (read(_at(values, name)) for name in ([wanted] if wanted else names))
    return next((each for each in found if each), "")


def _at(values: Mapping[str, Any], name: str) -> Any:
    if name in values:
        return values[name]
    head, dot, rest = name.partition(".")
    inner = values.get(head) if dot else None
    if isinstance(inner, str) and inner.startswith("{"):
        inner = _json(inner)
    return _at(inner, rest) if isinstance(inner, Mapping) else None


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _asked(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    return statement_of(list(_messages(value))).strip()


def _messages(value: Any) -> Iterator[Message]:
    for each in value if isinstance(value, list | tuple) else ():
        if isinstance(each, Mapping):
            role = str(each.get("role") or each.get("from") or "user").lower()
            content = _content(each.get("content", each.get("value")))
            yield Message("user" if role in _USERS else "assistant" if role in _ASSISTANTS else role, content)


def _content(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "\n".join(_text(part.get("text")) for part in value if isinstance(part, Mapping))
    return value if isinstance(value, str) else ""


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _name(value: Any, stem: str) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{stem}:{value}"
    return _text(value)[:200]


def _answer(value: Any, row: Mapping[str, Any]) -> str:
    choices = row.get("choices", row.get("options"))
    if isinstance(choices, list) and choices and (chosen := _chosen(value, choices)):
        return chosen
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:.15g}" if math.isfinite(value) else ""
    if isinstance(value, list | tuple):
        if any(isinstance(each, Mapping) for each in value):
            said = [message.content for message in _messages(value) if message.role == "assistant"]
            return short_answer(said[-1]) if said else ""
        return (
            _answer(value[0], {}) if len(value) == 1 else short_answer(", ".join(_answer(each, {}) for each in value))
        )
    return short_answer(value) if isinstance(value, str) else ""


def _chosen(value: Any, choices: list[Any]) -> str:
    """The words of the choice that a number (from 0) or a letter stands for."""
    if isinstance(value, str) and (letter := _LETTER.fullmatch(value.strip())):
        value = ord(letter[1]) - ord("A")
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(choices):
        return _answer(choices[value], {})
    return ""


def _braced(text: str) -> str:
    depth = 1
    for position, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if not depth:
            return text[:position].strip()
    return ""


def _share(value: Any) -> float:
    if isinstance(value, int | float) and math.isfinite(value):
        return min(1.0, max(0.0, float(value)))
    return 0.0
