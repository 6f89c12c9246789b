"""Which clauses may stand in another order: bullets, facts and lines of relations that lean on nothing before them."""

from collections.abc import Sequence

from dedup.text.clauses import Clause
from dedup.text.lexemes import Kind
from dedup.text.vocabulary import CHANGES, ORDERED, RELATION, SEQUENCE, STATIVE, words

_REFERRED = words("clue statement step rule item note fact premise condition case option equation question")
_GOES_ON = words("then next afterwards afterward finally again now first")
_POINTS_BACK = words("previous them")
_PLURAL = words("they them their")
_WHEN = words("after before")
_PLACES = words("inside on in under above below near behind within around")
_EVENTS = ("gain", "loss")
_PARTS = words("half third quarter % / percent twice double rest all")
_MOVES = words("move send transfer pour walk go went drive travel exchange trade lend return put place meet ride")
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
    if not line or line[-1] in (":", "?") or not CHANGES.isdisjoint(clause.words):
        return ""
    if _leans(clause, line):
        return _of_one_thing(clause, line)
    if line[0] == "|":
        return "row" if len(line) > 1 and isinstance(line[1], int) else ""
    if not _RELATIONS.isdisjoint(clause.words) and (clause.line or (len(line) < 10 and Kind.NUMBER in clause.kinds)):
        return "line"
    if clause.line and each_line and all(isinstance(token, int) for token in line):
        return "row"
    happens = [word for word in clause.forms if RELATION.get(word) in _EVENTS]
    if happens:
        # Gains and losses add up in any order, parts of what is left do not.
        return "" if len(happens) > 1 or not _PARTS.isdisjoint(clause.words) else f"event {happens[0]}"
    holds = not STATIVE.isdisjoint(clause.words) or "=" in clause.words
    between = len({token for token in line if isinstance(token, int)}) > 1 and _MOVES.isdisjoint(clause.words)
    return "fact" if holds or between else ""


def _leans(clause: Clause, line: Sequence[str | int]) -> bool:
    """Whether it is only understood after those before it.

    "They" may mean two that it names itself, "after Tom" is a relation, and "has a box inside it" speaks of itself.
    """
    leaning = SEQUENCE & clause.words
    if not leaning:
        return False
    if leaning == {"then"}:
        return "if" not in clause.words
    return any(word in leaning and _leans_at(clause, line, at) for at, word in enumerate(line))


def _of_one_thing(clause: Clause, line: Sequence[str | int]) -> str:
    """Facts that follow each other and say "on it" all mean the same it, in any order."""
    places = {line[at - 1] for at, word in enumerate(line) if word == "it" and at}
    if SEQUENCE & clause.words == {"it"} and len(places) == 1 and places <= _PLACES and "be" in clause.words:
        return f"fact {places.pop()} it"
    return ""


def _leans_at(clause: Clause, line: Sequence[str | int], at: int) -> bool:
    word, after = line[at], line[at + 1] if at + 1 < len(line) else ""
    if word == "next":
        return after not in ("to", "-")
    if word in _WHEN:
        return not isinstance(after, int)
    if word in _PLURAL:
        return sum(isinstance(token, int) for token in line[:at]) < 2
    if word == "it":
        itself = line[at - 1] in _PLACES and "have" in line[:at] if at else False
        return not itself and "true" not in clause.words and "false" not in clause.words
    return True


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
