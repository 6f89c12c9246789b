"""What a task gives to work on is what its prompt shows, and nothing where nobody knows it."""

import msgspec
import pytest

from generators.family import make_task
from generators.instructions.source import source_of
from generators.registry import family_named


@pytest.mark.parametrize(
    ("family", "style"),
    [
        ("instructions.form", "prose"),
        ("instructions.quote", "notes first"),
        ("instructions.quote", "task first"),
        *(("instructions.transform", style) for style in family_named("instructions.transform").styles),
    ],
)
def test_the_source_stands_in_the_prompt_and_is_known_from_the_stored_task_alone(family: str, style: str) -> None:
    for level in (1, 6):
        task = make_task(family_named(family), level=level, seed=5, index=0, style=style)
        assert source_of(task)
        assert any(source_of(task) in message.content for message in task.prompt)
        assert source_of(msgspec.structs.replace(task, prompt=())) == source_of(task)


def test_no_source_where_the_family_gives_none_or_the_payload_is_not_of_today() -> None:
    assert source_of(make_task(family_named("arithmetic.chain"), level=1, seed=0, index=0)) == ""
    task = make_task(family_named("instructions.quote"), level=1, seed=0, index=0)
    assert source_of(msgspec.structs.replace(task, version=task.version + 1)) == ""
    assert source_of(msgspec.structs.replace(task, payload={"notes": 3})) == ""
