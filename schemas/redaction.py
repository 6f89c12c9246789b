"""Text without what only its owner may read: passwords in URLs, keys, and what the environment holds as secrets."""

import os
import re
from typing import NamedTuple

HIDDEN = "***"
_SHORTEST = 8
"""Characters of a secret in the environment; a shorter one would be found in words that have nothing to do with it."""


class _Form(NamedTuple):
    """What a secret looks like, and what stands there instead."""

    pattern: re.Pattern[str]
    instead: str


_FORMS = (
    # scheme://user:password@host, though a password has a slash in it; github://owner:repository@branch is none
    _Form(re.compile(r"(?<!github)://[^\s/:@]{0,256}:(?!\d{1,5}/)[^\s@]{1,512}@"), f"://{HIDDEN}@"),
    _Form(re.compile(r"(?<=http)(s?)://[^\s/:@]{1,512}@"), rf"\1://{HIDDEN}@"),
    _Form(
        re.compile(
            r"(?i)([?&;](?:[\w.-]{0,40}[_-])?(?:(?:api|access|account|aws)?[_-]?key(?:id)?|awsaccesskeyid|token|sig|"
            r"signature|secret|password|passwd|pwd|credential|auth)=)[^&;\s#'\"<>]{1,4096}"
        ),
        rf"\1{HIDDEN}",
    ),
    _Form(re.compile(r"(?i)\b(bearer|basic)\s+(?=[^\s\d]{0,256}\d)[\w.~+/=-]{12,4096}"), rf"\1 {HIDDEN}"),
    _Form(
        re.compile(
            r"(?i)\b(authorization|(?:x-)?api[_-]?key)(['\"]?\s?[:=]\s?['\"]?)(?=[^\s\d]{0,256}\d)[^\s'\",}]{8,4096}"
        ),
        rf"\1\2{HIDDEN}",
    ),
    # as providers make them: OpenAI and those after it, Hugging Face, GitHub, GitLab, Slack, AWS, Google
    _Form(
        re.compile(
            r"(?<![\w-])(?:sk-(?=[a-zA-Z_-]{0,64}\d)[\w-]{16,512}|hf_[a-zA-Z0-9]{20,256}|gh[opusr]_\w{30,256}|"
            r"github_pat_\w{20,256}|glpat-[\w-]{20,256}|xox[abeprs]-[\w-]{10,256}|(?:AKIA|ASIA)[A-Z0-9]{16}|"
            r"AIza[\w-]{35})(?![\w-])"
        ),
        HIDDEN,
    ),
)

_SECRET_NAME = re.compile(r"(?:KEY|KEY_ID|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)\Z", re.IGNORECASE)


def redacted(text: str) -> str:
    """The text with `***` for each secret that is known by its form, or is the value of a variable of the environment
    whose name says so, such as OPENAI_API_KEY or HF_TOKEN."""
    for secret in _of_the_environment():
        text = text.replace(secret, HIDDEN)
    for form in _FORMS:
        text = form.pattern.sub(form.instead, text)
    return text


def holds_secret(text: str) -> bool:
    """Whether `redacted` would hide something of it."""
    return redacted(text) != text


def _of_the_environment() -> list[str]:
    """Longest first, so that none leaves a part of another."""
    named = {value for name, value in os.environ.items() if _SECRET_NAME.search(name) and len(value) >= _SHORTEST}
    return sorted((value for value in named if not os.path.exists(value)), key=len, reverse=True)
