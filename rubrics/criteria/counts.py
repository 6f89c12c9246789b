"""How many there are of the marks and pieces that a reader can count."""

import re

from rubrics.criteria.amounts import counting
from rubrics.criteria.markdown import bold, bullets, code_blocks, headings, numbered, prose
from rubrics.criteria.text import sentences, visible, words

_PICTURE = "[\U0001f300-\U0001faff\u2600-\u27bf\u2b05-\u2b55\u231a-\u23ff]"
_EMOJI = re.compile(
    rf"[\U0001f1e6-\U0001f1ff]{{1,2}}|[0-9#*]\ufe0f?\u20e3"
    rf"|{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]?(?:\u200d{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]?)*"
)
_LINK = re.compile(r"\bhttps?://[^\s<>()\[\]\"'“”]+")
_NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:[.,]\d+)*")
_BRACKETED = re.compile(r"\[([^\[\]\n]{2,80})\](?!\()")
_CLOSERS = "\"'”’»)]*_ "


def _ending_with(mark: str, text: str) -> int:
    return sum(sentence.rstrip(_CLOSERS).endswith(mark) for sentence in sentences(text))


CHECKERS = (
    counting("bullet_count", "bullet point", "bullet points", lambda text: len(bullets(text))),
    counting("numbered_item_count", "numbered item", "numbered items", lambda text: len(numbered(text))),
    counting("heading_count", "Markdown heading", "Markdown headings", lambda text: len(headings(text))),
    counting("bold_count", "part in **bold**", "parts in **bold**", lambda text: len(bold(text))),
    counting("code_block_count", "fenced code block", "fenced code blocks", lambda text: len(code_blocks(text))),
    counting("question_count", "question", "questions", lambda text: _ending_with("?", text)),
    counting("exclamation_count", "exclamation", "exclamations", lambda text: _ending_with("!", text)),
    counting("emoji_count", "emoji", "emojis", lambda text: sum(1 for _ in _EMOJI.finditer(text)), ask="Use {}."),
    counting(
        "link_count", "web address", "web addresses", lambda text: len(_LINK.findall(visible(text))), ask="Give {}."
    ),
    counting(
        "number_count",
        "number in digits",
        "numbers in digits",
        lambda text: len(_NUMBER.findall(prose(text))),
        ask="Use {}.",
    ),
    counting(
        "capital_word_count",
        "word in capital letters",
        "words in capital letters",
        lambda text: sum(word.isupper() and len(word) > 1 for word in words(text)),
        ask="Use {}.",
    ),
    counting(
        "placeholder_count",
        "placeholder in square brackets, such as [name]",
        "placeholders in square brackets, such as [name]",
        lambda text: sum(any(map(str.isalpha, inside)) for inside in _BRACKETED.findall(prose(text))),
        ask="Use {}.",
    ),
)
