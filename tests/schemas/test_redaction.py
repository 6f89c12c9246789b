"""What is hidden of a text, what is left as it is, and that it takes no longer for a hostile one."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.config import ConfigError
from pipeline.store import StoreError
from schemas import Failure
from schemas.redaction import holds_secret, redacted

SECRET = "Zq7-canary-31415926"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"http://me:{SECRET}@host/v1 failed", "http://***@host/v1 failed"),
        (f"https://{SECRET}@host/v1", "https://***@host/v1"),
        (f"s3://KEY:a/b+{SECRET}@bucket/run", "s3://***@bucket/run"),
        (f"redis://:{SECRET}@host", "redis://***@host"),
        (f"GET https://host/v1?api_key={SECRET}&n=1", "GET https://host/v1?api_key=***&n=1"),
        (f"https://host/blob?sv=1&sig={SECRET}", "https://host/blob?sv=1&sig=***"),
        (
            f"https://host/?X-Amz-Signature={SECRET}&X-Amz-Expires=9",
            "https://host/?X-Amz-Signature=***&X-Amz-Expires=9",
        ),
        (f"{{'Authorization': 'Bearer {SECRET}'}}", "{'Authorization': 'Bearer ***'}"),
        (f"x-api-key: {SECRET}", "x-api-key: ***"),
        ("no such key AKIAIOSFODNN7EXAMPLE here", "no such key *** here"),
        ("given sk-proj-abcDEF0123456789xyz.", "given ***."),
        ("hf_abcdefghijklmnopqrstuvwxyz", "***"),
    ],
)
def test_a_secret_is_hidden_and_the_rest_is_not(text: str, shown: str) -> None:
    assert redacted(text) == shown
    assert holds_secret(text)


@pytest.mark.parametrize(
    "text",
    [
        "the server at http://127.0.0.1:8000/v1/models failed: 401 Unauthorized",
        "http://host:8000/org/name@main",
        "https://huggingface.co/org/name@revision",
        "s3://bucket/runs/one",
        "tcp://10.0.0.5:8786",
        "github://org:repository@main/tasks",
        "org/name@v1.0",
        "model.api_key: unknown key; did you mean key_env? allowed: a1",
        "a basic understanding of bearer tokens, and of ?page=2",
        "sk-learn-and-nothing-else",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_what_the_environment_holds_as_a_secret_is_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in [("MY_API_KEY", "plainwords"), ("HF_TOKEN", "plainwords-and-more"), ("SHORT_KEY", "word")]:
        monkeypatch.setenv(name, value)
    assert redacted("plainwords, plainwords-and-more, word") == "***, ***, word"


def test_a_variable_that_names_a_file_hides_no_path(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_KEY", str(tmp_path))
    assert redacted(f"{tmp_path}/x is damaged") == f"{tmp_path}/x is damaged"


PIECES = ["://", "a:", "b@", "http", "?key=", "bearer ", "sk-", "1", "/", "api_key: ", "x" * 40, "AKIA", "=", " "]


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_what_is_hidden_once_has_nothing_more_to_hide(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize("kind", [Failure, ConfigError, StoreError])
def test_a_failure_never_holds_a_secret(kind: type[Failure]) -> None:
    failure = kind(f"no connection to http://me:{SECRET}@host")
    again = copy.copy(failure)  # made anew from its arguments, as in another process
    assert SECRET not in f"{failure} {failure!r} {failure.args} {again!r}"
    assert str(again) == str(failure) == "no connection to http://***@host"
