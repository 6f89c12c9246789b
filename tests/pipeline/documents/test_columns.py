"""A row's problem, answer and names are found in the columns that data sets have, or in those that are named."""

from typing import Any

import msgspec
import pytest

from generators.family import make_task
from generators.registry import family_named
from pipeline.documents import Columns, DocumentError, Row, document_of
from pipeline.documents.columns import short_answer, source_name
from schemas import jsontext

USER = {"role": "user", "content": "What is 3 + 4?"}
FOUND: list[tuple[dict[str, Any], str, str]] = [
    ({"question": "Q?", "answer": "He has 3 + 4 = <<3+4=7>>7 apples.\n#### 7"}, "Q?", "7"),
    ({"problem": "Q?", "solution": r"It is $\boxed{\frac{1}{2}}$.", "level": "Level 5"}, "Q?", r"\frac{1}{2}"),
    ({"problem": "Q?", "answer": 204, "solution": "long " * 100}, "Q?", "204"),
    (
        {"prompt": [{"role": "system", "content": "S"}, USER], "reward_model": {"ground_truth": "7"}},
        USER["content"],
        "7",
    ),
    ({"prompt": [USER], "extra_info": {"answer": "7", "index": 3}, "data_source": "x/y"}, USER["content"], "7"),
    ({"instruction": "Add.", "input": "3 and 4", "output": "7"}, "Add.\n\n3 and 4", "7"),
    ({"messages": [USER, {"role": "assistant", "content": "So <answer>7</answer>"}]}, USER["content"], "7"),
    ({"conversations": [{"from": "human", "value": "Q?"}, {"from": "gpt", "value": "7"}]}, "Q?", "7"),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": "Q?"}, {"type": "image"}]}]}, "Q?", ""),
    ({"question": "Q?", "choices": ["a cat", "a dog"], "answer": 1}, "Q?", "a dog"),
    ({"question": "Q?", "options": ["a cat", "a dog"], "answer": "(A)"}, "Q?", "a cat"),
    ({"text": "Q?", "gold": ["7"]}, "Q?", "7"),
    ({"text": "Q?", "gold": [1, 2.5, True]}, "Q?", "1, 2.5, true"),
    ({"question": "Q?", "answer": "because " * 100}, "Q?", ""),
    ({"question": "Q?", "answer": None, "solution": r"\boxed{never closed"}, "Q?", ""),
    ({"question": "Q?", "answer": float("nan")}, "Q?", ""),
    ({"prompt": "", "question": "Q?"}, "Q?", ""),
    ({"ID": "2024-I-1", "Problem": "Q?", "Solution": "long " * 100, "Answer": 204}, "Q?", "204"),
]


def row(values: dict[str, Any], file: str = "/data/bench/test.jsonl") -> Row:
    return Row(file, 3, values)


@pytest.mark.parametrize(("values", "text", "answer"), FOUND, ids=str)
def test_text_and_answer_are_found(values: dict[str, Any], text: str, answer: str) -> None:
    found = document_of(row(values))
    assert (found.text, found.answer) == (text, answer)


def test_named_columns_are_read_in_place_of_guessed_ones() -> None:
    values = {"question": "Not this", "q": {"body": "This?"}, "label": '{"gold": "yes"}', "answer": "no", "key": 12}
    named = Columns(text="q.body", answer="label.gold", id="key", source="question")
    found = document_of(row(values), named)
    assert (found.text, found.answer, found.id, found.source) == ("This?", "yes", "test:12", "Not this")


@pytest.mark.parametrize("values", [{}, {"question": None}, {"question": [1, 2]}, {"prompt": [{"role": "user"}]}])
def test_a_row_without_a_text_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(DocumentError, match=r"columns\.text"):
        document_of(row(values))


def test_a_task_is_its_statement_family_and_canonical_key() -> None:
    task = make_task(family_named("logic.zebra"), level=2, seed=5, index=1)
    family = family_named(task.family)
    instance = msgspec.convert(task.payload, family.instance)
    for values in (msgspec.to_builtins(task), msgspec.to_builtins(task) | {"payload": jsontext.dumps(task.payload)}):
        found = document_of(row(values))
        assert found.text == family.statement(instance, task.style)
        assert (found.id, found.source, found.answer) == (task.id, task.family, task.answer)
        assert (found.canonical, found.verified) == (task.canonical, 1.0)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/data/gsm8k/test.jsonl", "test"),
        ("/data/math500/test-00000-of-00001.parquet", "test"),
        ("s3://bucket/unique/00012.parquet", "unique"),
        ("/saved/train/data-00000-of-00002.arrow", "train"),
        ("aime2024.jsonl.gz", "aime2024"),
        ("math_500.json", "math_500"),
    ],
)
def test_a_source_is_called_like_its_file(url: str, name: str) -> None:
    assert source_name(url) == name


def test_an_answer_in_nested_braces_is_read_whole_and_in_linear_time() -> None:
    assert short_answer(r"\boxed{1} no, \boxed{\text{a {b} c}}.") == r"\text{a {b} c}"
    assert short_answer(r"\boxed{" * 100_000) == ""
    assert len(short_answer("#### " + "7" * 100_000)) == 200


def test_rows_of_several_files_of_one_name_have_names_of_their_own() -> None:
    files = ["/b/test-00000-of-00002.parquet", "/b/test-00001-of-00002.parquet", "/b/test.jsonl", "/b/test/00001.arrow"]
    named = [document_of(row({"question": "Q?"}, file)) for file in files]
    assert [each.id for each in named] == ["test-00000:3", "test-00001:3", "test:3", "test-00001:3"]
    assert {each.source for each in named} == {"test"}
