"""The generators of reasoning-gym in the first set."""

import math
import re
from itertools import permutations
from random import Random

from benchmarks.dedup_heldout.generated import (
    Generated,
    edited,
    exchanged,
    group,
    instead,
    numbers,
    other_number,
    renamed,
    shuffled,
)

_PAIR = re.compile(r"\((\d+), (\d+)\)")


def _pairs(text: str) -> list[tuple[int, int]]:
    return [(int(a), int(b)) for a, b in _PAIR.findall(text)]


def _least(pairs: list[tuple[int, int]], directed: bool) -> object:
    """The least edges over all ways to number the vertices, of graphs of at most 7."""
    vertices = sorted({vertex for pair in pairs for vertex in pair})

    def numbered(new: tuple[int, ...]) -> list[tuple[int, ...]]:
        at = dict(zip(vertices, new, strict=True))
        edges = [(at[a], at[b]) for a, b in pairs]
        return sorted(edges if directed else [(min(edge), max(edge)) for edge in edges])

    return min(numbered(new) for new in permutations(range(len(vertices))))


def _relabelled(text: str, rng: Random) -> str:
    """Every vertex another number."""
    vertices = sorted({vertex for pair in _pairs(text) for vertex in pair})
    new = dict(zip(vertices, rng.sample(vertices, len(vertices)), strict=True))
    return _PAIR.sub(lambda found: f"({new[int(found[1])]}, {new[int(found[2])]})", text)


def _reversed_pair(text: str, rng: Random) -> str:
    found = rng.choice([*_PAIR.finditer(text)])
    return text[: found.start()] + f"({found[2]}, {found[1]})" + text[found.end() :]


def _pair_less(text: str, rng: Random) -> str:
    pairs = text.split("), (")
    left = [*pairs]
    left.pop(rng.randrange(1, len(pairs) - 1))
    return "), (".join(left)


def _coins(text: str) -> str:
    heads, flips = numbers(text)
    counted = range(heads, heads + 1) if "exactly" in text else range(heads, flips + 1)
    counted = range(heads + 1) if "at most" in text else counted
    return str(sum(math.comb(flips, count) for count in counted) / 2**flips)


def _poly(text: str) -> object:
    expression = text.split("\n")[0].split(": ")[1]
    return sorted(re.findall(r"\([^()]*\)|[^()]+", re.sub(r"[a-zA-Z]", "?", expression)))


_EXPRESSION = r": ([^\n]*)"
_FACTORS = r": \(([^()\n]*\)(?:\*\([^()\n]*\))*\*\([^()\n]*)\)\n"
_SIDES = ("top", "right", "front", "left", "back", "bottom")
_PAINTS = ("beige", "crimson", "teal", "olive", "maroon", "navy", "amber", "lilac", "khaki", "mauve", "ochre", "coral")

FIRST: dict[str, Generated] = {
    "jugs": Generated(
        lambda text: (sorted(numbers(group(r"of water: (.*?)\n", text))), numbers(group(r"target is: (\d+)", text))),
        same={"permuted": edited(r"of water: (.*?)\n", lambda held, rng: _jugs_permuted(held, rng))},
        other={"number": edited(r"(of water: .*? litres)", other_number)},
        rewording=(
            ("How do you defuse the bomb?", "What will you do to defuse it?"),
            ("All jugs are empty to begin with.", "At first there is no water in any jug."),
        ),
        answers=lambda text: "",
    ),
    "course_schedule": Generated(
        lambda text: (numbers(text)[0], _least(_pairs(text.split("\n[")[1]), directed=True)),
        same={
            "permuted": edited(r"\n\[\((.*?)\)\]", shuffled("), (")),
            "equivalent": edited(r"\n(\[.*?\]\n)", _relabelled),
        },
        other={"relation": edited(r"\n(\[.*?\]\n)", _reversed_pair), "clue": edited(r"\n(\[.*?\]\n)", _pair_less)},
        rewording=(("Return True if you can finish all courses", "Say True if all courses can be finished"),),
        options={"min_num_courses": 5, "max_num_courses": 6},
    ),
    "graph_color": Generated(
        lambda text: (
            numbers(group(r"colors: (.*?)\]", text))[-1],
            group(r"Vertices: (.*?)\]", text),
            _least(_pairs(text), directed=False),
        ),
        same={
            "permuted": edited(r"Edges: \[\((.*?)\)\]", shuffled("), (")),
            "equivalent": edited(r"(Edges: .*?\n)", _relabelled),
        },
        other={"clue": edited(r"(Edges: .*?\n)", _pair_less)},
        rewording=(("Please provide a coloring for this graph", "Color this graph"),),
        options={"min_num_vertices": 7, "max_num_vertices": 7, "edge_probability": 0.4},
    ),
    "coin_flip": Generated(
        lambda text: ([*filter(text.count, ("exactly", "at least", "at most"))], numbers(text)),
        other={
            "number": other_number,
            "relation": instead({"exactly": ("at least", "at most"), "at least": ("exactly", "at most")}),
        },
        rewording=(("What is the probability of getting ", "How likely is it to get "),),
        answers=_coins,
        cased=False,
        options={"min_trials": 8, "max_trials": 60},
    ),
    "number_filtering": Generated(
        lambda text: text.split("\n")[0],
        other={
            "relation": instead(
                {"larger": ("smaller",), "smaller": ("larger",), "Keep": ("Remove",), "Remove": ("Keep",)}
            ),
            "swapped": edited(r"\['(.*?)'\]", exchanged("', '")),
            "number": edited(
                r"than (.*?) in",
                lambda number, rng: number + str(rng.randint(1, 9)) if "." in number else str(int(number) + 1),
            ),
        },
        rewording=(("Return the new list in the same format.", "Give back the list that results, written alike."),),
    ),
    "puzzle24": Generated(
        lambda text: sorted(numbers(text.split(".")[0])),
        same={"permuted": edited(r"using (.*?)\.", shuffled(", "))},
        other={"number": edited(r"using (.*?)\.", other_number)},
        rewording=(("You can only use each number once.", "No number may be used twice."),),
        options={"max_value": 10},
    ),
    "polynomial_multiplication": Generated(
        _poly,
        same={
            "permuted": edited(_FACTORS, shuffled(")*(")),
            "renamed": lambda text, rng: re.sub(r"^.*", lambda line: _other_unknown(line[0], rng), text, count=1),
        },
        other={"number": edited(_EXPRESSION, other_number)},
        rewording=(
            ("Simplify this expression: ", "Multiply this out: "),
            ("Calculate the following: ", "Multiply this out: "),
        ),
        options={"min_polynomials": 3, "max_polynomials": 3, "allow_cross_variable_product": False},
    ),
    "complex_arithmetic": Generated(
        lambda text: (text[:3], (sorted if text[:3] in ("Add", "Mul") else list)(re.findall(r"\(.*?\)", text))),
        same={"permuted": lambda text, rng: _turned(text) if text[:3] in ("Add", "Mul") else None},
        other={
            "swapped": lambda text, rng: _turned(text) if text[:3] in ("Sub", "Div") else None,
            "number": lambda text, rng: re.sub(r"(\d+)\.0i\)$", lambda found: f"{int(found[1]) + 11}.0i)", text),
        },
        options={"min_real": -60, "max_real": 60, "min_imag": -60, "max_imag": 60},
    ),
    "color_cube_rotation": Generated(
        lambda text: [re.search("|".join(_SIDES), said)[0] for said in text.split("\n\n")[1:]],  # type: ignore[index]
        same={
            "permuted": edited(r"has:\n(.*?)\n\n", shuffled("\n")),
            "renamed": renamed(lambda text: re.findall(r"- an? (\w+)", text), _PAINTS),
        },
        other={
            "question": edited(
                r"color of the (\w+)", lambda side, rng: rng.choice([one for one in _SIDES if one != side])
            )
        },
        rewording=(("What is now the color of", "Which color can now be seen on"),),
    ),
    "simple_integration": Generated(
        lambda text: (lambda terms: sorted(re.findall(r"[+-][^+-]+", "+" + terms if terms[0] != "-" else terms)))(
            re.sub("[a-zA-Z]", "?", group("∫ (.*?) d[a-zA-Z]\n", text)).replace(" ", "")
        ),
        same={
            "renamed": edited(r"∫ (.*?)\n", lambda line, rng: _other_unknown(line, rng)),
            "permuted": edited("∫ (.*?) d[a-zA-Z]\n", lambda sum_, rng: _terms_permuted(sum_, rng)),
        },
        other={"number": edited("∫ (.*?) d[a-zA-Z]\n", other_number)},
        rewording=(
            ("Find the indefinite integral:", "Which functions have this derivative:"),
            ("Calculate the antiderivative:", "Which functions have this derivative:"),
            ("Evaluate the indefinite integral:", "Which functions have this derivative:"),
        ),
        options={"min_terms": 3, "max_terms": 5},
    ),
}


def _jugs_permuted(held: str, rng: Random) -> str:
    jugs = [jug.split(":") for jug in held.split(", ")]
    sizes = rng.sample([size for _, size in jugs], len(jugs))
    return ", ".join(f"{name}:{size}" for (name, _), size in zip(jugs, sizes, strict=True))


def _turned(text: str) -> str:
    return re.sub(r"(\([^()]*\)) (.) (\([^()]*\))", r"\3 \2 \1", text)


def _other_unknown(line: str, rng: Random) -> str:
    """The unknown of a formula as another, in "dx" too."""
    formula = re.sub("^.*: ", "", line)
    unknown = re.findall(r"(?<![a-zA-Z])[a-zA-Z](?![a-zA-Z])", formula)
    if not unknown:
        return line
    new = rng.choice([letter for letter in "bhkmnpqtuvw" if letter != unknown[0]])
    told = re.sub(rf"(?<![a-zA-Z])(d?){unknown[0]}(?![a-zA-Z])", rf"\g<1>{new}", formula)
    return line[: len(line) - len(formula)] + told


def _terms_permuted(terms: str, rng: Random) -> str:
    parts = re.findall(r"[+-]? ?[^ +-][^ ]*", terms if terms[0] == "-" else f"+ {terms}")
    parts = [part.replace(" ", "") for part in rng.sample(parts, len(parts))]
    told = " ".join(f"{part[0]} {part[1:]}" for part in parts)
    return told[2:] if told[0] == "+" else f"-{told[2:]}"
