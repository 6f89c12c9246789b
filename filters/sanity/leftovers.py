"""What a writing model leaves behind: places it was to fill in, and words to the person it wrote for."""

import re

_PLACEHOLDERS = re.compile(
    r"""
      \[\s*(?:insert|your|fill\ in|placeholder|todo|tbd|to\ be\ (?:added|filled|determined))\b[^\]\n]{0,80}\]
    | <\s*(?:insert|your|fill\ in|placeholder|todo)\b[^>\n]{0,80}>
    | \blorem\ ipsum\b
    | \{\{\s*[a-z_][\w.]{0,40}\s*\}\}                  # {{name}} of a template
    | (?<![\w\\^_}])\$?\{(?:[a-z]{3,40}|[a-z]\w{0,40}_\w{1,40})\}  # {name} or {first_name}, not in LaTeX
    | (?-i:\b(?:TODO|TBD|FIXME|PLACEHOLDER)\b)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MADE = r"(?:answer|example|problem|puzzle|question|response|rewrite|task|text|variation|version)"
_OPENING = re.compile(
    rf"""
      (?:absolutely|certainly|great|of\ course|okay|sure)(?:\ thing)?\s?[!,.:]
    | here(?:'s|’s|\ is|\ are)\b[^.:\n]{{0,60}}\b{_MADE}s?\b[^.:\n]{{0,60}}:
    | (?:\*\*)?(?:assistant|human|system|user)\s?:
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ANYWHERE = re.compile(
    r"""
      \bas\ an?\ (?:ai|artificial\ intelligence|(?:large\ )?language\ model)\b
    | \bi(?:'m|’m|\ am)\ (?:sorry|unable|not\ able)\b[^.\n]{0,60}\b(?:assist|can(?:no|'|’)t|comply|help|provide)
    | \bi\ (?:can'?t|can’t|cannot|won'?t|won’t)\ (?:assist|comply|fulfil|help|provide)
    | \bi\ hope\ this\ helps\b
    | \b(?:let\ me\ know|feel\ free\ to\ (?:ask|reach))\b[^.\n]{0,40}\b(?:any|if|need|questions|would)\b
    | \bmy\ (?:knowledge\ cutoff|training\ data)\b
    | </?think> | <\|\w{1,40}\|> | \[/?INST\] | ^\#{2,4}\ ?(?:assistant|instruction|response)\b
    """,
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)


def placeholder(text: str) -> str | None:
    """A place that was to be filled in: `[insert name]`, `{{count}}`, `{item_name}`, TODO, lorem ipsum.

    >>> placeholder("{name} has 5 apples."), placeholder("Simplify x^{abc} and \\\\text{abc}.")
    ('"{name}" was to be filled in', None)
    """
    found = _PLACEHOLDERS.search(text)
    return f'"{found[0][:60]}" was to be filled in' if found else None


def chatter(text: str) -> str | None:
    """Words to whoever asked for the task, refusals, and the marks of chats.

    >>> chatter("Sure! Here is a problem: how much is 2 + 3?")
    '"Sure!" is said to someone else'
    """
    found = _OPENING.match(text.lstrip()) or _ANYWHERE.search(text)
    return f'"{found[0][:60]}" is said to someone else' if found else None
