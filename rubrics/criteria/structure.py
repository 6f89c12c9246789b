"""How a response is built: its title, its sections and parts, what it is wrapped in, what stands at its end."""

from typing import Annotated, Literal

import msgspec

from rubrics.criteria.amounts import Amount, Nothing, Phrase, Phrases, found_amount
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.keywords import listed, prove_seen
from rubrics.criteria.markdown import is_item, prose, sections
from rubrics.criteria.text import folded, has_word, lines, paragraphs, sentences, visible, words


class Title(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    style: Literal["angle", "heading"] = "heading"


class Sections(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    titles: Phrases


class Parts(Amount, frozen=True, kw_only=True):
    separator: Phrase = "***"

    def __post_init__(self) -> None:
        super().__post_init__()
        prove_seen(self.separator)


class Postscript(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    marker: Phrase = "P.S."


class Wrapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    opening: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    closing: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class Tag(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """With `only`, nothing may stand outside the tag."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,30}\Z")]
    only: bool = False


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    style: Literal["upper", "lower", "title", "sentence"]


_CASES = {
    "upper": "Write in capital letters only.",
    "lower": "Write in small letters only.",
    "title": "Begin each word with a capital letter.",
    "sentence": "Begin each sentence with a capital letter.",
}
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def _title(arguments: Title, subject: Subject) -> Found:
    first = (lines(subject.response) or [""])[0]
    if arguments.style == "angle":
        inside = first.removeprefix("<<").removesuffix(">>")
        holds = first == f"<<{inside}>>" and has_word(inside) and not set(inside) & set("<>")
    else:
        holds = first.startswith("# ") and has_word(first)
    return Found(holds, f"the first line is: {first[:60]!r}")


def _sections(arguments: Sections, subject: Subject) -> Found:
    place = 0
    found = [(folded(section.title), has_word(section.body)) for section in sections(subject.response)]
    for title in map(folded, arguments.titles):
        here = next((at for at in range(place, len(found)) if found[at][0] == title), None)
        if here is None:
            return Found(False, f'there is no section "{title}", or it stands before one that should come first')
        if not found[here][1]:
            return Found(False, f'the section "{title}" is empty')
        place = here + 1
    return Found(True, "all sections are there, in order")


def _parts(arguments: Parts, subject: Subject) -> Found:
    parts = visible(subject.response).split(visible(arguments.separator))
    if not all(map(has_word, parts)):
        return Found(False, "a part between the separators is empty")
    return found_amount(arguments, len(parts), "part", "parts")


def _postscript(arguments: Postscript, subject: Subject) -> Found:
    last, marker = (paragraphs(subject.response) or [""])[-1], visible(arguments.marker)
    line = next((each.strip() for each in reversed(last.split("\n")) if each.strip().startswith(marker)), "")
    return Found(has_word(line.removeprefix(marker)), "there is one" if line else f"the end is: {last[-60:]!r}")


def _wrapped(arguments: Wrapping, subject: Subject) -> Found:
    text, opening, closing = visible(subject.response).strip(), visible(arguments.opening), visible(arguments.closing)
    inside = text[len(opening) : len(text) - len(closing)]
    holds = text.startswith(opening) and text.endswith(closing) and has_word(inside)
    return Found(holds, f"it begins {text[:20]!r} and ends {text[-20:]!r}")


def _tagged(arguments: Tag, subject: Subject) -> Found:
    text, opening, closing = subject.response, f"<{arguments.name}>", f"</{arguments.name}>"
    if text.count(opening) != 1 or text.count(closing) != 1:
        return Found(
            False, f"there are {text.count(opening)} {opening} and {text.count(closing)} {closing}; asked: one"
        )
    before, _, rest = text.partition(opening)
    inside, closed, after = rest.partition(closing)
    if not closed or not has_word(inside):
        return Found(False, f"nothing stands between {opening} and {closing}")
    outside = arguments.only and bool(visible(before + after).strip())
    return Found(not outside, "something stands outside the tags" if outside else "it is there")


def _repeated(arguments: Nothing, subject: Subject) -> Found:
    prompt, text = " ".join(visible(subject.prompt).split()), " ".join(visible(subject.response).split())
    holds = text.startswith(prompt) and has_word(text[len(prompt) :])
    return Found(holds, "the request comes first, then more" if holds else f"it begins: {text[:60]!r}")


def _only_list(arguments: Nothing, subject: Subject) -> Found:
    seen = [line for line in prose(subject.response).split("\n") if line.strip()]
    other = next((line for at, line in enumerate(seen) if not is_item(line) and not (at and line[0] in " \t")), None)
    if other is not None:
        return Found(False, f"this line is no item of a list: {other[:60]!r}")
    return Found(any(map(is_item, seen)), "all lines are items" if seen else "there is no list")


def _case(arguments: Case, subject: Subject) -> Found:
    text = visible(subject.response)
    if arguments.style in ("upper", "lower"):
        wrong = next((each for each in text if _wrong_case(each, arguments.style)), None)
        return Found(
            wrong is None and any(map(str.isalpha, text)), f"found {wrong!r}" if wrong else "all letters are so"
        )
    pieces = words(text) if arguments.style == "title" else sentences(text)
    for piece in pieces:
        first = next((each for each in piece if each.isalnum()), "")
        if first.islower():
            return Found(False, f"this begins with a small letter: {piece[:60]!r}")
    return Found(bool(pieces), "all begin with a capital letter" if pieces else "there are no words")


def _wrong_case(letter: str, style: str) -> bool:
    return letter.islower() if style == "upper" else letter.isupper() or letter.istitle()


def _balanced(arguments: Nothing, subject: Subject) -> Found:
    opened: list[str] = []
    for each in prose(subject.response):
        if each in "([{":
            opened.append(each)
        elif each in _BRACKETS and (not opened or opened.pop() != _BRACKETS[each]):
            return Found(False, f"{each!r} closes nothing")
    return Found(not opened, f"{opened[-1]!r} is not closed" if opened else "all are closed")


CHECKERS = (
    Checker(
        name="title",
        arguments=Title,
        check=_title,
        sentence=lambda asked: (
            "The first line must be a title in double angle brackets, such as <<A day at sea>>."
            if asked.style == "angle"
            else 'The first line must be a title, written as a Markdown heading that begins with "# ".'
        ),
    ),
    Checker(
        name="sections",
        arguments=Sections,
        check=_sections,
        sentence=lambda asked: f"Write sections with these headings, in this order: {listed(asked.titles)}.",
    ),
    Checker(
        name="parts",
        arguments=Parts,
        check=_parts,
        sentence=lambda asked: f'Write {asked.of("part", "parts")}, separated by "{asked.separator}".',
    ),
    Checker(
        name="postscript",
        arguments=Postscript,
        check=_postscript,
        sentence=lambda asked: f'At the end, add a postscript that begins with "{asked.marker}".',
    ),
    Checker(
        name="wrapped",
        arguments=Wrapping,
        check=_wrapped,
        sentence=lambda asked: f"Put your whole response between {asked.opening} and {asked.closing} marks.",
    ),
    Checker(
        name="tagged",
        arguments=Tag,
        check=_tagged,
        sentence=lambda asked: (
            f"Put your {'whole response' if asked.only else 'answer'} between <{asked.name}> and </{asked.name}>, once."
        ),
    ),
    Checker(
        name="request_repeated",
        arguments=Nothing,
        check=_repeated,
        sentence=lambda asked: "First repeat the request word for word, then answer it.",
        needs="prompt",
    ),
    Checker(
        name="only_list",
        arguments=Nothing,
        check=_only_list,
        sentence=lambda asked: "Write a list and nothing else.",
    ),
    Checker(
        name="letter_case",
        arguments=Case,
        check=_case,
        sentence=lambda asked: _CASES[asked.style],
    ),
    Checker(
        name="balanced_brackets",
        arguments=Nothing,
        check=_balanced,
        sentence=lambda asked: "Close every bracket that you open.",
    ),
)
