"""What meets each checker and what does not: arguments and responses; where needed, with a source or a prompt."""

from itertools import pairwise
from typing import Any, NamedTuple

from rubrics.criteria.contract import Subject


class Cases(NamedTuple):
    holds: tuple[tuple[dict[str, Any], str | Subject], ...]
    fails: tuple[tuple[dict[str, Any], str | Subject], ...]


PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": "^[A-Z]", "maxLength": 20},
        "age": {"type": "integer", "minimum": 0},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    },
    "required": ["name", "age"],
    "additionalProperties": False,
}
SOURCE = "The quick brown fox jumps over the lazy dog. It slept."
HARD = "Institutional accountability necessitates comprehensive, independently administered verification procedures."
NESTED_WITH = "WITH a AS (SELECT 1)" + "".join(
    f", {after} AS (SELECT 1 FROM {before}, {before}, {before})" for before, after in pairwise("abcdefgh")
)
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
        (
            ({"words": ["C++", "new york"]}, "New  York likes C++."),
            ({"words": ["京"]}, "東京"),
            ({"words": ["= 42"]}, "It is = 42."),
        ),
        (
            ({"words": ["cat", "dog"]}, "the category of dogs"),
            ({"words": ["banana"]}, "b\u0430nana"),
            ({"words": ["= 42"]}, "It is = 42.5, not = 42,000"),
            ({"words": ["42"]}, "It is 1,042 – or 0.42 – or 42.0"),
        ),
    ),
    "some_keywords": Cases(
        (({"words": ["cat", "dog"]}, "a dog"),), (({"words": ["cat", "Cat", "dog"], "at_least": 2}, "Cat cat"),)
    ),
    "forbidden_words": Cases(
        (({"words": ["cat"]}, "the category"), ({"words": ["die"]}, "the diet")),
        (
            ({"words": ["banana"]}, "A BANANA."),
            ({"words": ["42"]}, "41,42,43"),
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
    "bullet_count": Cases(
        (({"at_least": 2, "at_most": 2}, "Intro\n- one\n* two\n-\n```\n- code\n```"),),
        (({"at_least": 2}, "- one\n-two\n- \u200b"),),
    ),
    "numbered_item_count": Cases(
        (({"at_least": 2}, "1. one\n2) two"),), (({"at_least": 2}, "1. one\n7. seven"), ({"at_least": 1}, "1.5 litres"))
    ),
    "heading_count": Cases((({"at_least": 2}, "# One\ntext\n### Two"),), (({"at_least": 1}, "#one\n```\n# two\n```"),)),
    "bold_count": Cases(
        (({"at_least": 2, "at_most": 2}, "**one** and __two__"),), (({"at_least": 1}, "** one ** *two* ****"),)
    ),
    "code_block_count": Cases(
        (({"at_least": 1, "at_most": 1}, "a\n```py\nx\n```"),), (({"at_least": 1}, "a `b` and ```c```"),)
    ),
    "question_count": Cases((({"at_least": 2}, "Why? (How?) No."),), (({"at_least": 1}, "??"),)),
    "exclamation_count": Cases((({"at_most": 0}, "No. x != y"),), (({"at_most": 0}, "Oh！"),)),
    "emoji_count": Cases(
        (({"at_least": 2, "at_most": 2}, "\U0001f600 and \U0001f468\u200d\U0001f469\u200d\U0001f467"),),
        (({"at_least": 1}, ":-) 100 %"), ({"at_most": 0}, "\U0001f1eb\U0001f1f7")),
    ),
    "link_count": Cases((({"at_least": 1}, "See [it](https://a.org/b)."),), (({"at_least": 1}, "See www.a.org"),)),
    "number_count": Cases((({"at_least": 2}, "3 of 1,200"),), (({"at_most": 1}, "3 of 4.5"), ({"at_least": 1}, "B12"))),
    "capital_word_count": Cases((({"at_least": 2}, "The BIG DAY I had"),), (({"at_most": 1}, "OH NO"),)),
    "placeholder_count": Cases(
        (({"at_least": 2}, "Dear [name], at [street address]"),), (({"at_least": 1}, "see [1] and [it](a.org) []"),)
    ),
    "title": Cases(
        (({"style": "angle"}, "<<A day>>\ntext"), ({}, "# A day\ntext")),
        (({"style": "angle"}, "text <<A day>>"), ({"style": "angle"}, "<<->>"), ({}, "## A day")),
    ),
    "sections": Cases(
        (({"titles": ["Plan", "Cost"]}, "# Plan\na\n## Cost ##\nb"), ({"titles": ["Cost"]}, "**Cost:**\nb")),
        (
            ({"titles": ["Plan", "Cost"]}, "# Cost\na\n# Plan\nb"),
            ({"titles": ["Plan"]}, "# Plan\n\n# Cost\nb"),
            ({"titles": ["Plan"]}, "The plan\nis this"),
        ),
    ),
    "parts": Cases(
        (({"at_least": 2, "at_most": 2}, "one\n***\ntwo"),),
        (({"at_least": 2, "at_most": 2}, "one\n***\n"), ({"at_least": 2}, "one")),
    ),
    "postscript": Cases(
        (({}, "Dear Ann.\n\nP.S. See you"), ({"marker": "P.P.S."}, "Hi\nP.P.S. more")),
        (({}, "Dear Ann.\n\nP.S."), ({}, "P.S. first\n\nDear Ann")),
    ),
    "wrapped": Cases(
        (({"opening": '"', "closing": '"'}, ' "yes" '),),
        (({"opening": '"', "closing": '"'}, '"'), ({"opening": "<<", "closing": ">>"}, "<<yes>> no")),
    ),
    "tagged": Cases(
        (({"name": "answer"}, "So <answer>4</answer>"), ({"name": "a", "only": True}, "<a>4</a>\n")),
        (
            ({"name": "answer"}, "<answer> </answer>"),
            ({"name": "answer"}, "<answer>3</answer><answer>4</answer>"),
            ({"name": "answer"}, "</answer>4<answer>"),
            ({"name": "a", "only": True}, "So <a>4</a>"),
        ),
    ),
    "request_repeated": Cases(
        (({}, Subject(prompt="Say hi.", response="Say  hi.\n\nHi!")),),
        (({}, Subject(prompt="Say hi.", response="say hi. Hi!")), ({}, Subject(prompt="Say hi.", response="Say hi."))),
    ),
    "only_list": Cases(
        (({}, "- one\n  more of one\n- two"), ({}, "1. one\n2. two")), (({}, "Here:\n- one"), ({}, ""), ({}, "  one"))
    ),
    "letter_case": Cases(
        (
            ({"style": "upper"}, "A-1 OK"),
            ({"style": "lower"}, "ok ünd"),
            ({"style": "title"}, "Two Words"),
            ({"style": "sentence"}, "One. Two? 3 more."),
        ),
        (
            ({"style": "upper"}, "OKAy"),
            ({"style": "lower"}, "oK"),
            ({"style": "lower"}, "123"),
            ({"style": "title"}, "Two words"),
            ({"style": "sentence"}, "One. two?"),
        ),
    ),
    "balanced_brackets": Cases((({}, "f(a[0]) {}"),), (({}, "f(a"), ({}, "(]"), ({}, ")("))),
    "table": Cases(
        (({"columns": ["Name", "Age"], "rows": 1}, "| name | Age |\n|---|---|\n| Ann | 3 |"),),
        (
            ({"columns": ["Name", "Age"]}, "| Age | Name |\n|---|---|\n| 3 | Ann |"),
            ({"columns": ["a", "b"], "rows": 2}, "| a | b |\n|---|---|\n| 1 | 2 |"),
            ({"columns": ["a", "b"]}, "| a | b |\n| 1 | 2 |"),
            ({"columns": ["a", "b"]}, "| a | b |\n|---|---|\n| 1 |"),
        ),
    ),
    "table_sorted": Cases(
        (
            ({"column": "b", "by": "number"}, "a|b\n-|-\nx|9\ny|10"),
            ({"column": "a", "order": "descending"}, "a|b\n-|-\ny|1\nX|2"),
        ),
        (
            ({"column": "b", "by": "text"}, "a|b\n-|-\nx|9\ny|10"),
            ({"column": "b", "by": "number"}, "a|b\n-|-\nx|9\ny|ten"),
            ({"column": "c"}, "a|b\n-|-\nx|9"),
        ),
    ),
    "table_sum": Cases(
        (({"column": "b"}, "a|b\n-|-\nx|0.1\ny|0.2\nall|0.3"),),
        (({"column": "b"}, "a|b\n-|-\nx|1\ny|2\nall|4"), ({"column": "b"}, "a|b\n-|-\nx|1\nall|1")),
    ),
    "lines_sorted": Cases(
        (({}, "ant\nBee\ncat"), ({"order": "descending"}, "b\na")),
        (({}, "bee\nAnt"), ({"order": "descending"}, "a\nb")),
    ),
    "json": Cases(
        (({}, '{"a": [1, -2.5e3, null]}'), ({}, "So:\n```json\n[1]\n```")),
        (
            ({}, '{"a": 1} and more'),
            ({}, "{'a': 1}"),
            ({}, '{"a": NaN}'),
            ({}, '{"a": 1, "a": 2}'),
            ({}, ""),
            ({}, "```\n1\n```\n```\n2\n```"),
        ),
    ),
    "json_keys": Cases(
        (({"keys": ["a", "b"]}, '{"b": 1, "a": 2, "c": 3}'),),
        (
            ({"keys": ["a", "b"]}, '{"a": {"b": 1}}'),
            ({"keys": ["a"], "only": True}, '{"a": 1, "b": 2}'),
            ({"keys": ["a"]}, "[]"),
        ),
    ),
    "json_array": Cases(
        (({"at_least": 2, "at_most": 2}, "[1, 2]"),), (({"at_least": 2}, "[1]"), ({"at_most": 9}, '{"a": []}'))
    ),
    "json_schema": Cases(
        (
            ({"schema": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, "null"),
            ({"schema": PERSON}, '{"name": "Ann", "age": 3.0, "tags": ["x", "y"]}'),
        ),
        (
            ({"schema": PERSON}, '{"name": "Ann", "age": "3"}'),
            ({"schema": PERSON}, '{"name": "ann", "age": 3}'),
            ({"schema": PERSON}, '{"name": "Ann"}'),
            ({"schema": PERSON}, '{"name": "Ann", "age": 3, "more": 1}'),
            ({"schema": PERSON}, '{"name": "Ann", "age": 3, "tags": ["x", "x"]}'),
            ({"schema": PERSON}, '{"name": "Ann", "age": true}'),
            ({"schema": {"enum": [1, "a"]}}, "true"),
        ),
    ),
    "xml": Cases(
        (({"root": "a"}, '<a x="1"><b/>t</a>'), ({}, "```xml\n<a/>\n```")),
        (({}, "<a><b></a>"), ({"root": "a"}, "<b/>"), ({}, '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'), ({}, "")),
    ),
    "csv": Cases(
        (
            ({"columns": ["a", "b"], "rows": 1}, 'a,b\n"1,5",2'),
            ({"columns": ["a", "b"], "delimiter": "semicolon"}, "a;b"),
        ),
        (
            ({"columns": ["a", "b"]}, "b,a\n1,2"),
            ({"columns": ["a", "b"]}, "a,b\n1"),
            ({"columns": ["a"], "rows": 2}, "a\n1"),
        ),
    ),
    "python": Cases(
        (({"defines": ["f"]}, "Here:\n```python\ndef f(x):\n    return f'{x}'\n```"), ({}, "x = [1,\n 2]")),
        (
            ({}, "def f(:\n pass"),
            ({"defines": ["f"]}, "x = 1"),
            ({}, "# nothing"),
            ({}, "x = " + "(" * 301 + ")" * 301),
        ),
    ),
    "python_imports": Cases(
        (({"modules": ["math"]}, "import math\nfrom math import pi"),),
        (({"modules": ["math"]}, "def f():\n    import os.path"), ({"modules": ["math"]}, "from . import x")),
    ),
    "code_language": Cases(
        (({"language": "rust"}, "```Rust\nfn main() {}\n```"),), (({"language": "rust"}, "```\nfn main() {}\n```"),)
    ),
    "sql": Cases(
        (
            ({}, "SELECT a FROM b WHERE c = ';';"),
            ({"tables": {"t": ["a", "b"]}}, "WITH x AS (SELECT a FROM t) SELECT a FROM x"),
            ({}, "```sql\nDELETE FROM t WHERE a = 1\n```"),
        ),
        (
            ({}, "SELEC a FROM b"),
            ({}, "SELECT a FROM b; DROP TABLE b"),
            ({"tables": {"t": ["a"]}}, "SELECT c FROM t"),
            ({}, "ATTACH 'x' AS y"),
            ({"tables": {"t": ["a"]}}, NESTED_WITH),
        ),
    ),
    "pattern": Cases(
        (({"pattern": r"\d{3}-\d{4}"}, " 555-1234\n"), ({"pattern": "(?s)a.*"}, "a\nb")),
        (({"pattern": r"\d{3}-\d{4}"}, "call 555-1234"), ({"pattern": "(a+)+"}, "a" * 9000 + "!")),
    ),
    "pattern_per_line": Cases(
        (({"pattern": "[a-z]+"}, "ab\n\ncd"), ({"pattern": "[^0-9]+"}, "ab\ncd")),
        (({"pattern": "[a-z]+"}, "ab\nc1"), ({"pattern": ".*"}, ""), ({"pattern": "[^b]*"}, "ac\nab")),
    ),
    "pattern_count": Cases(
        (({"pattern": "[0-9]+", "at_least": 2, "at_most": 2}, "1 and 22"),), (({"pattern": "a", "at_most": 0}, "cat"),)
    ),
    "numbers_from_source": Cases(
        (
            ({}, Subject(source="In 1,200 cases of 3.50", response="1. There were 1200, at 3.5 each [2].")),
            ({"also": [0.1]}, Subject(source="none", response="It is 0.1")),
        ),
        (
            ({}, Subject(source="In 1,200 cases", response="There were 1,201.")),
            ({}, Subject(source="5 men", response="5² men")),
            ({}, Subject(source="5 men", response="…6 men")),
        ),
    ),
    "numbers_stated": Cases(
        (({"numbers": [1200, -0.5]}, "From 1,200 to −0.50"),),
        (({"numbers": [12]}, "1200 or 3.12"), ({"numbers": [32]}, "3²")),
    ),
    "numbers_within": Cases(
        (({"lowest": 0, "highest": 10}, "3 or 10.0"),),
        (({"lowest": 0, "highest": 10}, "3 or -1"), ({"lowest": 0, "highest": 1}, "none")),
    ),
    "decimal_places": Cases(
        (({"places": 2}, "3.50 and 1,200.00"),), (({"places": 2}, "3.50 and 4"), ({"places": 2}, ""))
    ),
    "units": Cases(
        (({"units": ["km", "$", "%"]}, "5 km for $3, 7%"),),
        (
            ({"units": ["m"]}, "5 m/s"),
            ({"units": ["m"]}, "5 men"),
            ({"units": ["m"]}, "5 m²"),
            ({"units": ["m"]}, "no number"),
        ),
    ),
    "total_right": Cases(
        (({}, "Tea: $1.10\nCake: $2.20\nTotal: $3.30"),),
        (({}, "Tea: 1\nCake: 2\nTotal: 4"), ({}, "Tea: 1\nTotal: 1"), ({}, "Tea: 1\nCake: 2")),
    ),
    "arithmetic": Cases(
        (({}, "First 12 + 35 = 47. Then 2 x 3 = 6"), ({"at_least": 0}, "none")),
        (({}, "12 + 35 = 48"), ({}, "none"), ({"at_least": 2}, "1 + 1 = 2"), ({}, "1 + 1 = 2, 2 + 2\u200b = 5")),
    ),
    "quotes_from_source": Cases(
        (({"words": 3}, Subject(source=SOURCE, response='He wrote “quick  brown fox” and "lazy dog."')),),
        (
            ({}, Subject(source=SOURCE, response='He wrote "the quick red fox"')),
            ({}, Subject(source=SOURCE, response="He wrote the quick brown fox")),
            ({}, Subject(source=SOURCE, response='He wrote "og"')),
            ({"at_least": 2}, Subject(source=SOURCE, response='He wrote "quick" and "quick," and “quick”')),
        ),
    ),
    "quote_places": Cases(
        (({}, Subject(source=SOURCE, response='It is "quick" [4:9].')),),
        (
            ({}, Subject(source=SOURCE, response='It is "quick" [5:10].')),
            ({}, Subject(source=SOURCE, response='It is "quick" [4:9] and "lazy".')),
            ({}, Subject(source=SOURCE, response="It is quick [4:9].")),
            ({"at_least": 2}, Subject(source=SOURCE, response='It is "quick" [4:9], "quick" [4:9], "quick" [04:9].')),
        ),
    ),
    "span_of_source": Cases(
        (({}, Subject(source=SOURCE, response=" quick brown fox\n")),),
        (({}, Subject(source=SOURCE, response="It is: quick brown fox")), ({}, Subject(source=SOURCE, response=""))),
    ),
    "sentences_from_source": Cases(
        (({}, Subject(source=SOURCE, response="It slept. The quick brown fox jumps over the lazy dog.")),),
        (({}, Subject(source=SOURCE, response="It slept. It woke.")), ({}, Subject(source=SOURCE, response="..."))),
    ),
    "lines_of_source": Cases(
        (({}, Subject(source="b\na\nb", response="a\n\nb\nb")),),
        (({}, Subject(source="b\na\nb", response="a\nb")), ({}, Subject(source="b\na", response="a\nb\nc"))),
    ),
    "citations": Cases(
        (({"keys": ["1", "2"]}, "So [1, 2], and [1-2]."), ({}, "So [2].\n\nReferences\n1. Ann\n2. Bob")),
        (
            ({"keys": ["1", "2"]}, "So [3]."),
            ({}, "So [3].\n\nReferences\n1. Ann"),
            ({"keys": ["1"]}, "So."),
            ({}, "So [1]."),
        ),
    ),
    "references_cited": Cases(
        (({}, "So [1].\n\n## References\n[1] Ann"),),
        (({}, "So [1].\n\n## References\n[1] Ann\n[2] Bob"), ({}, "So [1].")),
    ),
    "paragraphs_cite": Cases((({}, "So [1].\n\nThen [2]."),), (({}, "So [1].\n\nThen."), ({}, ""))),
    "not_copied": Cases(
        (({"words": 4}, Subject(source=SOURCE, response="A quick brown fox leapt over dogs")),),
        (({"words": 4}, Subject(source=SOURCE, response="See THE quick, brown fox")),),
    ),
    "script": Cases(
        (({"script": "CYRILLIC"}, "Да, 5!"), ({"script": "LATIN"}, "naïve")),
        (({"script": "LATIN"}, "b\u0430nana"), ({"script": "LATIN"}, "123")),
    ),
    "language": Cases(
        (
            ({"language": "en"}, "There are five boxes in each of the rooms."),
            ({"language": "de"}, "In jeder Kiste liegen fünf Äpfel, und eine Kiste ist nicht voll."),
            ({"language": "ru"}, "В каждой коробке лежит пять яблок, но не все."),
        ),
        (
            ({"language": "en"}, "In jeder Kiste liegen fünf Äpfel, und eine Kiste ist nicht voll."),
            ({"language": "ru"}, "There are five boxes in each of the rooms."),
            ({"language": "en"}, "Blorp snagg wibble frotz gnusto plugh xyzzy."),
            ({"language": "en"}, ""),
        ),
    ),
    "ascii": Cases((({}, "plain"),), (({}, "caf\u00e9"), ({}, "a\u200bb"))),
    "no_contractions": Cases((({}, "Ann's dog is not here"),), (({}, "It’s here"), ({}, "we don't"))),
    "reading_grade": Cases(
        (({"highest": 3}, "The cat sat. The dog ran."), ({"lowest": 12}, HARD)),
        (({"highest": 6}, HARD), ({"highest": 6}, "?")),
    ),
    "no_repeated_words": Cases(
        (({"words": 2}, "a b c a c b"), ({"words": 1, "at_most": 2}, "a a b")),
        (({"words": 2}, "a b, A B"), ({"words": 2}, "")),
    ),
    "no_repeated_sentences": Cases((({}, "One. Two."),), (({}, "One. Two. one."),)),
    "no_repeated_lines": Cases((({}, "a\nb"),), (({}, "a\nb\n\nA\u200b"),)),
    "no_repeated_paragraphs": Cases((({}, "a b\n\nb a"),), (({}, "a b\n\na  b"),)),
    "distinct_words": Cases((({"share": 0.75}, "a b c a"),), (({"share": 0.75}, "a b a A"), ({"share": 0.1}, ""))),
    "no_long_runs": Cases((({}, "Hmmm, 1,000"),), (({}, "Hmmmm"), ({"at_most": 1}, "!!"))),
    "palindrome_count": Cases((({"at_least": 2}, "Anna saw a level"),), (({"at_least": 2}, "Anna, ANNA, aa"),)),
    "palindrome": Cases((({}, "A man, a plan, a canal: Panama!"),), (({}, "A man, a plan"), ({}, "!"))),
    "alliteration": Cases(
        (({"letter": "p"}, "Peter picked Pears"),), (({"letter": "p"}, "Peter ate pears"), ({"letter": "p"}, ""))
    ),
    "alphabetical_words": Cases((({}, "an Ant ate"),), (({}, "a cat ate"), ({}, "cat"))),
    "pangram": Cases((({}, "The quick brown fox jumps over the lazy dog"),), (({}, "The quick brown fox"),)),
    "sentence_lengths": Cases(
        (({"lengths": "rising"}, "One. Two three. Four five six."), ({"lengths": "falling"}, "A b. C.")),
        (({"lengths": "rising"}, "One two. Three four."), ({"lengths": "rising"}, "One.")),
    ),
}
