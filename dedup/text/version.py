"""Which `text_key` an index of text keys was made with: keys of two versions would meet by chance alone."""

from functools import cache
from hashlib import blake2b

from dedup.text.key import text_key

PROBES = (
    "",
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many in May. How many in all?",
    "Tom has 5 apples. Mary has 3 apples. How many more apples does Tom have than Mary?",
    "What is sixty-one minus two hundred and five, times 3/4, to 2 decimals?",
    "Solve $2x + 3y = 7$ and \\frac{x}{2} - y = 1 for x.",
    "Compute (4 + 3) * 2 - 5 × 1,000.25 ÷ -8.",
    "Links (both ways):\nA - B: 3\nB - C: 4\nFind the shortest path from A to C.",
    "Alice is taller than Bob. Bob is not taller than Carol. If Dan is the shortest, who is the tallest?",
    'Each of Gina and Nils is a knight or a knave. Gina says: "Nils is a knave or I am a knight." Who is what?',
    "3 houses stand in a row:\n- fruit: dates, mangoes, plums\n- name: Anna, Greta, Hugo\n\n"
    "1. Anna lives next to the person who likes plums.\n2. Hugo lives in house 3.\n",
    "Fill the grid:\n5 3 . | . 7 .\n6 _ 1 | 9 5 .\n",
    "Sort the words: pear, apple, fig. Then reverse 'stone', and write both in one line.",
    "def f(n):\n    return n * f(n - 1) if n else 1\nWhat does f(5) return?",
    "Die Größe von Straße 7 ist 3,5 km; wie groß ist sie auf 東京 seit 12/03/2024, 10:30?",
)
"""Texts that each lean on other rules of the reading."""


@cache
def key_version() -> str:
    """16 hex digits of the keys that the probes have: equal for two versions of the code that give them the same."""
    return blake2b(" ".join(map(text_key, PROBES)).encode(), digest_size=8).hexdigest()
