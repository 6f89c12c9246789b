"""The version of text keys: another one where a text is read in another way."""

import re
from collections.abc import Callable

import pytest

from dedup.text import key_version, text_key
from dedup.text.version import PROBES


@pytest.mark.parametrize(
    "reading",
    [lambda text: text.replace("not ", ""), lambda text: re.sub(r"\d", "1", text), lambda text: text.replace("|", "")],
    ids=["negation", "numbers", "boards"],
)
def test_another_reading_is_another_version(reading: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    own = key_version()
    monkeypatch.setattr("dedup.text.version.text_key", lambda text: text_key(reading(text)))
    assert key_version.__wrapped__() != own


def test_the_probes_are_different_problems() -> None:
    assert len({text_key(text) for text in PROBES}) == len(PROBES)
