"""What meets each checker and what does not: arguments and responses; where needed, with a source or a prompt."""

from typing import Any, NamedTuple

from rubrics.criteria.contract import Subject


class Cases(NamedTuple):
    holds: tuple[tuple[dict[str, Any], str | Subject], ...]
    fails: tuple[tuple[dict[str, Any], str | Subject], ...]


TWO = "One two.\n\nThree four five?"

CASES: dict[str, Cases] = {
    "word_count": Cases(
        (({"at_most": 3}, "one two-way three"), ({"at_least": 2, "at_most": 2}, "東京")),
        (({"at_most": 3}, "one,two,three,four"), ({"at_least": 3}, "a\u200bb\u200bc"), ({"at_most": 3}, "a-b-c-d-e-f")),
    ),
    "sentence_count": Cases(
        (({"at_least": 2, "at_most": 2}, "Dr. Lee came at 3.30 p.m. today. Why?"), ({"at_most": 1}, "Wait...")),
        (({"at_least": 2}, "3.14 is e.g. a number"), ({"at_most": 1}, "One.\n\nTwo")),
    ),
    "paragraph_count": Cases((({"at_least": 2}, TWO),), (({"at_least": 2}, "One.\n\n---\n\n\u200b"),)),
    "line_count": Cases((({"at_most": 2}, TWO),), (({"at_most": 2}, "a\u2028b\x0bc"),)),
    "character_count": Cases((({"at_most": 3}, " a\u0301\u200bbc "),), (({"at_most": 3}, "abcd"),)),
    "different_word_count": Cases((({"at_least": 2}, "dog Cat dog"),), (({"at_least": 2}, "dog Dog DOG"),)),
    "words_per_sentence": Cases(
        (({"at_most": 3}, TWO),),
        (({"at_most": 2}, TWO), ({"at_most": 2}, "...")),
    ),
    "words_per_paragraph": Cases((({"at_least": 2}, TWO),), (({"at_least": 3}, TWO),)),
    "words_per_line": Cases((({"at_least": 2, "at_most": 2}, "a b\nc d"),), (({"at_most": 2}, "a b\nc d e"),)),
    "characters_per_line": Cases((({"at_most": 4}, "abcd\nef"),), (({"at_most": 4}, "abcd\nefghi"),)),
    "sentences_per_paragraph": Cases((({"at_most": 1}, TWO),), (({"at_most": 1}, "One. Two."),)),
    "letters_per_word": Cases((({"at_most": 4}, "four 12345 it's"),), (({"at_most": 4}, "seven"),)),
    "keywords": Cases(
        (({"words": ["C++", "new york"]}, "New  York likes C++."), ({"words": ["京"]}, "東京")),
        (({"words": ["cat", "dog"]}, "the category of dogs"), ({"words": ["banana"]}, "b\u0430nana")),
    ),
    "some_keywords": Cases(
        (({"words": ["cat", "dog"]}, "a dog"),), (({"words": ["cat", "Cat", "dog"], "at_least": 2}, "Cat cat"),)
    ),
    "forbidden_words": Cases(
        (({"words": ["cat"]}, "the category"), ({"words": ["die"]}, "the diet")),
        (
            ({"words": ["banana"]}, "A BANANA."),
            ({"words": ["banana"]}, "ba\u200dna\u00adna"),
            ({"words": ["banana"]}, "b\u0430n\u0430na"),
            ({"words": ["banana"]}, "ba**na**na and ｂａｎａｎａ"),
            ({"words": ["banana"]}, "&#98;anana"),
            ({"words": ["banana"]}, "ba<b></b>nana"),
        ),
    ),
    "keyword_count": Cases(
        (({"word": "dog", "at_least": 2, "at_most": 2}, "Dog, dogs, dog"),),
        (({"word": "dog", "at_least": 2}, "dog dogs"), ({"word": "dog", "at_most": 1}, "dog d\u043eg")),
    ),
    "keyword_in_sentence": Cases(
        (({"word": "four", "number": 2}, TWO), ({"word": "five", "number": -1}, TWO)),
        (({"word": "four", "number": 1}, TWO), ({"word": "four", "number": 3}, TWO)),
    ),
    "keyword_in_each_paragraph": Cases(
        (({"word": "a"}, "A b.\n\nc a"),), (({"word": "a"}, "A b.\n\nc"), ({"word": "a"}, ""))
    ),
    "keyword_order": Cases(
        (({"words": ["one", "five"]}, TWO),), (({"words": ["five", "one"]}, TWO), ({"words": ["a", "a"]}, "a"))
    ),
    "letter_count": Cases(
        (({"letter": "!", "at_most": 1}, "Hi！"),),
        (({"letter": "!", "at_most": 1}, "Hi！!"),),
    ),
    "forbidden_letters": Cases(
        (({"letters": "ez"}, "dog"),),
        (({"letters": "ez"}, "the dog"), ({"letters": "e"}, "caf\u00e9"), ({"letters": "a"}, "d\u0430rk")),
    ),
    "starts_with": Cases((({"text": "dear ann"}, "Dear  Ann, hi"),), (({"text": "Dear Ann"}, "Dear Anna, hi"),)),
    "ends_with": Cases(
        (({"text": "good bye."}, "So, good bye.\n"),), (({"text": "end"}, "the bend"), ({"text": "end"}, "end."))
    ),
    "word_at": Cases(
        (({"word": "two", "number": 2}, TWO), ({"word": "five", "number": -1}, TWO)),
        (({"word": "two", "number": 3}, TWO), ({"word": "two", "number": 9}, TWO)),
    ),
    "paragraph_starts_with": Cases(
        (({"word": "three", "number": 2}, TWO),),
        (({"word": "four", "number": 2}, TWO), ({"word": "x", "number": 3}, TWO)),
    ),
    "lines_start_with": Cases((({"text": "> "}, "> a\n\n> b"),), (({"text": ">"}, "> a\nb"), ({"text": ">"}, ""))),
    "acrostic": Cases((({"letters": "Sun"}, "sea\n- up\n\nNo"),), (({"letters": "sun"}, "sea\nup"),)),
    "varied_openings": Cases((({}, "A b. C d. A e."),), (({}, "A b. a d."), ({}, ""))),
}
