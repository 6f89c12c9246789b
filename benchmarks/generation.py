"""Items per CPU-second: our families against reasoning-gym 0.1.25 at the same size, and every family along its ladder.

    python -m benchmarks.generation [--seconds 2] [--only NAME]

Ours makes whole tasks: instance with its proof of uniqueness, gold answer, prompt, payload, canonical key and features.
Theirs makes its whole entry. Both take turns in one process, in slices of a tenth of the time, in CPU time, so that a
busy machine slows them alike. Where theirs draws the size at random, ours goes round the sizes of the same range.
"""

import argparse
import json
import platform
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table

from generators.family import make_instance, make_task, task_of
from generators.registry import BUNDLED, family_named

RESULTS = Path(__file__).parent / "results" / "generation.json"
SLICES = 10
FASTER = 10.0
"""How many times as fast as theirs ours must be, where theirs makes fewer than `SLOW` items a CPU-second."""
SLOW = 100.0
PLENTY = 2000.0
"""Items a CPU-second for a family that searches nothing."""


class Match(NamedTuple):
    """One of our families beside one of theirs: the sizes that ours goes round, theirs, and how well they match."""

    ours: str
    params: list[dict[str, Any]]
    theirs: str
    config: dict[str, Any]
    note: str


MATCHES = (
    Match(
        "grids.sudoku",
        [{"box_rows": 3, "box_columns": 3, "blanks": blanks} for blanks in range(30, 51)],
        "sudoku",
        {},
        "9x9, 30 to 50 blanks, one solution",
    ),
    Match(
        "grids.sudoku",
        [{"box_rows": 2, "box_columns": 2, "blanks": blanks} for blanks in range(8, 13)],
        "mini_sudoku",
        {},
        "4x4, 8 to 12 blanks, one solution",
    ),
    Match(
        "grids.futoshiki",
        [
            {"size": size, "sign_share": share, "givens": givens}
            for size, share, givens in ((4, 16, 4), (5, 10, 8), (6, 10, 12), (7, 17, 15), (8, 12, 24), (9, 17, 32))
        ],
        "futoshiki",
        {},
        "4x4 to 9x9, as many givens and signs as theirs has on average",
    ),
    Match(
        "logic.zebra",
        [{"houses": 4, "categories": 4, "kinds": 7, "spare": 0}],
        "zebra_puzzles",
        {},
        "4 houses, 4 categories; ours asks for the whole table, theirs for one name",
    ),
    Match(
        "logic.knights_knaves",
        [{"people": 2, "depth": 1, "operations": 6}],
        "knights_knaves",
        {},
        "2 people, statements of one operation, one solution",
    ),
    Match(
        "logic.knights_knaves",
        [{"people": 3, "depth": 1, "operations": 6}],
        "knights_knaves",
        {"n_people": 3},
        "3 people, statements of one operation, one solution",
    ),
    Match(
        "planning.sokoban",
        [
            {"rows": rows, "cols": columns, "boxes": boxes, "walls": 17, "min_pushes": 5, "max_pushes": 14}
            for rows, columns, boxes in (
                *((6, 6, 4), (6, 8, 5), (7, 7, 5), (6, 10, 6), (8, 8, 6)),
                *((10, 7, 6), (8, 10, 7), (9, 9, 8), (10, 10, 9)),
            )
        ],
        "sokoban",
        {},
        "rooms of 6 to 10 by 6 to 10 with their walls, 4 to 9 boxes, 5 to 14 pushes (theirs measured: mean 10)",
    ),
    Match(
        "arithmetic.chain",
        [{"terms": t, "digits": d, "operators": "+-"} for t, d in product(range(2, 7), range(1, 5))],
        "chain_sum",
        {},
        "2 to 6 numbers of 1 to 4 digits, + and -",
    ),
    Match(
        "arithmetic.chain",
        [
            {"terms": t, "digits": d, "operators": "+-*/", "depth": min(1, t - 2), "negatives": 20}
            for t, d in product(range(2, 7), range(1, 5))
        ],
        "basic_arithmetic",
        {},
        "2 to 6 numbers of 1 to 4 digits, + - * / and brackets",
    ),
    Match(
        "algebra.polynomial_roots",
        [{"degree": degree, "largest": 20} for degree in (1, 2, 3)],
        "polynomial_equations",
        {},
        "degree 1 to 3; ours has exact roots, theirs decimals",
    ),
    Match(
        "algebra.linear_systems",
        [{"unknowns": 1, "coefficient": 99, "lowest": -99, "highest": 99, "negative": True, "spread": 50}],
        "simple_equations",
        {},
        "one unknown, numbers up to 100",
    ),
    Match(
        "arithmetic.word_problems",
        [{"steps": 3, "people": 2, "largest": 100, "kinds": "parts"}],
        "gsm_symbolic",
        {},
        "a story of about three steps; ours made of parts, theirs from templates",
    ),
    Match(
        "numbers.base_conversion",
        [
            {"lowest_base": 2, "highest_base": 16, "through_ten": False, "least_bits": bits, "most_bits": bits}
            for bits in range(2, 11)
        ],
        "base_conversion",
        {},
        "bases 2 to 16, numbers up to 1,000",
    ),
    Match(
        "calendar.date_arithmetic",
        [{"topics": ["later", "weekday", "shift", "between", "count"], "reach": 100, "last_year": 2022}],
        "calendar_arithmetic",
        {},
        "weekdays, counts and shifts of up to 100 days; theirs has business days, ours spans",
    ),
    Match(
        "strings.word_sorting",
        [{"words": words, "easiest": 1, "hardest": 2} for words in range(3, 11)],
        "word_sorting",
        {},
        "3 to 10 words, up or down",
    ),
    Match(
        "graphs.shortest_path",
        [{"places": 25, "extra": 3, "longest_link": 1, "one_way": False, "least_links": 2}],
        "shortest_path",
        {},
        "about 25 places and 27 links; theirs draws a grid of cells, ours a map",
    ),
)


def against_theirs(match: Match, seconds: float) -> dict[str, Any]:
    """Items per CPU-second of both, taking turns for `seconds` each."""
    ours, theirs = _our_maker(match), _their_maker(match)
    ours(0), theirs(0)  # warm: tables built, files read
    made = {"ours": 0, "theirs": 0}
    spent = {"ours": 0.0, "theirs": 0.0}
    for _ in range(SLICES):
        for name, make in (("ours", ours), ("theirs", theirs)):
            count, cpu = _timed(make, made[name] + 1, seconds / SLICES)
            made[name] += count
            spent[name] += cpu
    rates = {name: made[name] / spent[name] for name in made}
    return {
        "family": match.ours,
        "theirs": match.theirs,
        "ours_per_second": round(rates["ours"], 1),
        "theirs_per_second": round(rates["theirs"], 1),
        "ratio": round(rates["ours"] / rates["theirs"], 3),
        "items": [made["ours"], made["theirs"]],
        "size": match.note,
    }


def along_the_ladder(name: str, seconds: float) -> list[dict[str, Any]]:
    """Items per CPU-second of a family on its lowest, middle and top rung."""
    family = family_named(name)
    rungs = len(family.levels)
    rows = []
    for level in (1, (rungs + 1) // 2, rungs):

        def make(index: int, level: int = level) -> int:
            task = make_task(family, level=level, seed=0, index=index)
            return len(task.prompt[0].content)

        characters = make(0)
        count, cpu = _timed(make, 1, seconds)
        rate = round(count / cpu, 1)
        rows.append({"family": name, "level": level, "per_second": rate, "prompt_characters": characters})
    return rows


def _our_maker(match: Match) -> Callable[[int], object]:
    family = family_named(match.ours)
    sizes = [msgspec.convert(params, family.params) for params in match.params]

    def make(index: int) -> object:
        params = sizes[index % len(sizes)]
        instance = make_instance(family, params, 0, index)
        return task_of(family, instance, params, 0, 0, index)

    return make


def _their_maker(match: Match) -> Callable[[int], object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        import reasoning_gym

    entries = reasoning_gym.create_dataset(match.theirs, seed=0, size=10_000_000, **match.config)
    return lambda index: entries[index]


def _timed(make: Callable[[int], object], first: int, seconds: float) -> tuple[int, float]:
    """How many items are made in so much CPU time (one at least), and the CPU time they took."""
    start = time.process_time()
    count = 0
    while count == 0 or time.process_time() - start < seconds:
        make(first + count)
        count += 1
    return count, time.process_time() - start


def show(matches: list[dict[str, Any]], ladders: list[dict[str, Any]]) -> None:
    console = Console(width=150)
    table = Table(title=f"Items per CPU-second against reasoning-gym {version('reasoning-gym')}")
    for heading in ("family", "theirs", "ours/s", "theirs/s", "ratio", "", "size"):
        table.add_column(heading, justify="right" if "/s" in heading or heading == "ratio" else "left")
    for row in matches:
        ours, theirs, ratio = row["ours_per_second"], row["theirs_per_second"], row["ratio"]
        met = ratio >= FASTER if theirs < SLOW else ours >= PLENTY
        mark = "[green]met[/]" if met else f"[red]wants {f'{FASTER:.0f}x' if theirs < SLOW else f'{PLENTY:,.0f}/s'}[/]"
        numbers = f"{ours:,.0f}", f"{theirs:,.1f}", f"{ratio:,.3g}x"
        table.add_row(row["family"], row["theirs"], *numbers, mark, row["size"])
    console.print(table)
    table = Table(title="Items per CPU-second along the ladder")
    for heading in ("family", "level", "items/s", "characters of a prompt"):
        table.add_column(heading, justify="left" if heading == "family" else "right")
    for row in ladders:
        table.add_row(row["family"], str(row["level"]), f"{row['per_second']:,.0f}", str(row["prompt_characters"]))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=2.0, help="CPU seconds a side and rung (default 2)")
    parser.add_argument("--only", default="", metavar="NAME", help="families whose name contains this; writes nothing")
    options = parser.parse_args()
    matches = [against_theirs(match, options.seconds) for match in MATCHES if options.only in match.ours]
    names = [name for name in BUNDLED if options.only in name]
    ladders = [row for name in names for row in along_the_ladder(name, options.seconds / 2)]
    show(matches, ladders)
    if not options.only:
        machine = {"python": platform.python_version(), "machine": platform.machine(), "system": sys.platform}
        setting = {"seconds": options.seconds, "reasoning_gym": version("reasoning-gym"), **machine}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({"setting": setting, "matches": matches, "ladders": ladders}, indent=1) + "\n")


if __name__ == "__main__":
    main()
