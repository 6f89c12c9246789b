"""Which clauses may stand in another order: bullets, facts and lines of relations that lean on nothing before them."""

from collections.abc import Sequence

from dedup.text.clauses import Clause
from dedup.text.vocabulary import CHANGES, ORDERED, SEQUENCE, STATIVE, words

_REFERRED = words("clue statement step rule item note fact premise condition case option equation question")
_GOES_ON = words("then next afterwards afterward finally again now first")
_POINTS_BACK = words("previous them")
_PLURAL = words("they them their")
_RELATIONS = words("= < > <= >= != : - -> <-> ~")


def blocks(
    clauses: Sequence[Clause], tokens: Sequence[Sequence[str | int]], vocabulary: frozenset[str], sorts: bool
) -> list[int]:
    """The number of each clause's block: blocks are in order, the clauses of one block in any order.

    `tokens` are the clauses' tokens with entities as their numbers; `sorts` is whether the problem is to sort what it
    lists.
    """
    told: list[int] = []
    block = -1
    last = ""
    refers = not _REFERRED.isdisjoint(vocabulary) and _points_by_number(clauses)
    each_line = any("line" in clause.words and "each" in clause.words for clause in clauses)
    assigns = _assigns(clauses, tokens)
    ordered = False
    for at, (clause, line) in enumerate(zip(clauses, tokens, strict=True)):
        kind = _kind(clause, line, refers, each_line)
        if assigns and kind != "bullet" and "=" in line:
            kind = ""
        if kind == "bullet" and last != "bullet":
            ordered = not sorts and (
                (at > 0 and not ORDERED.isdisjoint(clauses[at - 1].words)) or _run_leans(clauses, at)
            )
        if not kind or kind != last or (kind == "bullet" and ordered):
            block += 1
        told.append(block)
        last = kind
    return told


def _kind(clause: Clause, line: Sequence[str | int], refers: bool, each_line: bool) -> str:
    """What sort of independent clause it is, "" for one whose place counts."""
    if clause.marker and clause.line:
        return "" if refers and clause.marker == "1" else "bullet"
    if not line or line[-1] in (":", "?") or not CHANGES.isdisjoint(clause.words) or _leans(clause, line):
        return ""
    if line[0] == "|":
        return "row" if len(line) > 1 and isinstance(line[1], int) else ""
    if clause.line and not _RELATIONS.isdisjoint(clause.words):
        return "line"
    if clause.line and each_line and all(isinstance(token, int) for token in line):
        return "row"
    return "fact" if not STATIVE.isdisjoint(clause.words) or "=" in clause.words else ""


def _leans(clause: Clause, line: Sequence[str | int]) -> bool:
    """Whether it is only understood after those before it. "They" and "them" may mean two that it names itself."""
    leaning = SEQUENCE & clause.words
    if "next" in leaning and line[line.index("next") + 1 :][:1] in (["to"], ["-"]):
        leaning -= {"next"}
    if "it" in leaning and ("true" in clause.words or "false" in clause.words):
        leaning -= {"it"}
    if leaning == {"then"}:
        return "if" not in clause.words
    if leaning and leaning <= _PLURAL:
        place = next(at for at, token in enumerate(line) if token in leaning)
        return sum(isinstance(token, int) for token in line[:place]) < 2
    return bool(leaning)


def _assigns(clauses: Sequence[Clause], tokens: Sequence[Sequence[str | int]]) -> bool:
    """Whether something is set twice: "x = 5 ... x = y", so that the order of these counts."""
    set_already: set[str | int] = set()
    for clause, line in zip(clauses, tokens, strict=True):
        if "=" in clause.words and "," not in clause.words and not clause.marker:
            place = line.index("=") - 1
            if place in (0, 1) and (place == 0 or line[0] in ("let", "set")):
                name = line[place]
                if name in set_already:
                    return True
                set_already.add(name)
    return False


def _run_leans(clauses: Sequence[Clause], start: int) -> bool:
    for at in range(start, len(clauses)):
        if not (clauses[at].marker and clauses[at].line):
            return False
        words = clauses[at].words
        if clauses[at].forms[0] in _GOES_ON or not _POINTS_BACK.isdisjoint(words) or not CHANGES.isdisjoint(words):
            return True
    return False


def _points_by_number(clauses: Sequence[Clause]) -> bool:
    """Whether a clause speaks of another by its number: "clue 3"."""
    return any(
        form in _REFERRED and at + 1 < len(clause.forms) and clause.forms[at + 1].isdecimal()
        for clause in clauses
        if not _REFERRED.isdisjoint(clause.words)
        for at, form in enumerate(clause.forms)
    )
