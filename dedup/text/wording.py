"""The tokens of a clause in the words that count: without articles, quotes of one word whole, questions alike."""

from collections.abc import Sequence

from dedup.text.lexemes import Kind, Lexeme
from dedup.text.vocabulary import RELATION, words


def worded(part: list[Lexeme]) -> list[Lexeme]:
    """A sentence's tokens as they are compared."""
    return _asked(_meant(_unquoted(part)))


def _unquoted(part: list[Lexeme]) -> list[Lexeme]:
    """One or two quoted words as one token, to the letter; longer speech stays words."""
    marks = [at for at, token in enumerate(part) if token.form == '"']
    if not marks:
        return part
    told: list[Lexeme] = []
    end = 0
    for start, stop in zip(marks[::2], marks[1::2], strict=False):
        told += part[end:start]
        inner = part[start + 1 : stop]
        if 0 < len(inner) <= 2:
            known = all(token.form in RELATION for token in inner)
            written = f'"{" ".join(token.form if known else token.written for token in inner)}"'
            told.append(Lexeme(written, Kind.QUOTED, written))
        else:
            told += inner
        end = stop + 1
    return told + [token for token in part[end:] if token.form != '"']


_AFTER_A_LETTER = words(
    "and or be in to from with on at by that have for if then must can onto over via through not stand lie wait cross"
)
_ARTICLES = words("the The THE")
_DROPPED = frozenset(("the", "The", "THE", "an", "An", "!", "$", "that"))
_LOOKED_AT = _DROPPED | set("aAiIeExX") | {"if", "open", "close"}
_BRACKETS = {"open": "(", "close": ")"}
_IFF = ("if", "and", "only", "if")


def _meant(part: Sequence[Lexeme]) -> list[Lexeme]:
    """The tokens without articles and money signs; "I" and "if and only if" as one word each."""
    told: list[Lexeme] = []
    skip = 0
    for at, token in enumerate(part):
        form = token.form
        if skip:
            skip -= 1
        elif form not in _LOOKED_AT:
            told.append(token)
        elif form in _DROPPED:
            continue
        elif form in "xX":
            told.append(_times(part, at))
        elif form in _BRACKETS:
            bracket = at + 1 < len(part) and part[at + 1].form == "bracket"
            told.append(Lexeme(_BRACKETS[form], Kind.SIGN, token.written) if bracket else token)
            skip = int(bracket)
        elif token.kind is Kind.LETTER and form in "aAiIeE":
            after = part[at + 1] if at + 1 < len(part) else None
            word = after is not None and (after.kind <= Kind.NUMBER or after.kind in _PROPER)
            if form in "aA":
                if (
                    after is None
                    or not word
                    or (at and part[at - 1].form in _ARTICLES)
                    or after.form in _AFTER_A_LETTER
                    or (form == "A" and told and told[-1].form not in '(":')
                ):
                    told.append(token)
            elif form in "iI" and after is not None and word and not _after_label(after):
                told.append(Lexeme("I", Kind.WORD, token.written))
            elif form == "e" and after is not None and after.form == "^":
                told.append(Lexeme("e^", Kind.QUOTED, token.written))
            else:
                told.append(token)
        elif form == "if" and tuple(one.form for one in part[at : at + 4]) == _IFF:
            told.append(Lexeme("iff", Kind.WORD, "if and only if"))
            skip = 3
        else:
            told.append(token)
    return told


def _times(part: Sequence[Lexeme], at: int) -> Lexeme:
    """The x between two numbers as a sign, any other as the letter it is."""
    between = 0 < at < len(part) - 1 and part[at - 1].kind is Kind.NUMBER and part[at + 1].kind is Kind.NUMBER
    return Lexeme("*", Kind.SIGN, part[at].written) if between else part[at]


def _asked(part: list[Lexeme]) -> list[Lexeme]:
    """A clause that asks for the value of a calculation, however it asks."""
    if not part or part[0].form not in _ASKING:
        return part
    start = next((len(words) for words in _ASKS if tuple(token.form for token in part[: len(words)]) == words), 0)
    end = len(part)
    while end > start and part[end - 1].form in ("?", "="):
        end -= 1
    asked = part[start:end]
    if not start or len(asked) < 3 or not all(token.kind is Kind.NUMBER or token.form in _SIGNS for token in asked):
        return part
    return [Lexeme("determine", Kind.WORD, part[0].written), *asked]


_ASKS = [tuple(asks.split()) for asks in (
    "what be value of", "determine value of", "what be", "determine", "evaluate", "work out",
)]  # fmt: skip
_ASKING = {asks[0] for asks in _ASKS}
_SIGNS = words("+ - * / ^ ( )")
_PROPER = frozenset((Kind.GIVEN, Kind.CAPITAL))


def _after_label(token: Lexeme) -> bool:
    return token.written.lower() == "is" or (token.form in _AFTER_A_LETTER and token.form not in ("be", "have", "can"))
