"""A text's language by its small words: whole texts and mixtures are told, English with odd words is not."""

import re
from pathlib import Path

import pytest

from rubrics.criteria.tongues import TONGUES, Language, foreign_words, script_of

ROOT = Path(__file__).parents[3]

TEXTS: dict[Language, str] = {
    "en": "There are five boxes in each of the rooms. How many boxes are there if two rooms have not been filled?",
    "de": "In jeder Kiste liegen fünf Äpfel. Wie viele Äpfel sind es, wenn eine Kiste nicht voll ist und drei fehlen?",
    "es": "En cada caja hay cinco manzanas. ¿Cuántas manzanas quedan si las cajas que tiene Ana no están llenas?",
    "fr": "Dans chaque boîte il y a cinq pommes. Combien de pommes sont dans les boîtes qui ne sont pas pleines ?",
    "it": "In ogni scatola ci sono cinque mele. Quante mele sono nella scatola che Anna ha preso, se due sono vuote?",
    "nl": "In elke doos liggen vijf appels. Hoeveel appels zijn er als een doos niet vol is en het met twee daalt?",
    "pt": "Em cada caixa há cinco maçãs. Quantas maçãs são, se uma das caixas não tem mais do que isso?",
    "ru": "В каждой коробке лежит пять яблок. Сколько яблок в двух коробках, если одна из них не полна?",
}

PAIRS = [(own, expected) for own in TEXTS for expected in TEXTS if own != expected]


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_is_at_home_in_its_own_language(language: Language) -> None:
    assert foreign_words(TEXTS[language] * 3, language) is None


@pytest.mark.parametrize(("own", "expected"), PAIRS)
def test_a_text_of_another_language_is_named(own: Language, expected: Language) -> None:
    found = foreign_words(TEXTS[own], expected)
    assert found is not None
    assert found[0] == own


@pytest.mark.parametrize("other", [language for language in TEXTS if language != "en"])
def test_a_text_half_in_another_language_is_told(other: Language) -> None:
    found = foreign_words(f"{TEXTS['en']} {TEXTS[other]}", "en")
    assert found is not None
    assert found[0] == other


@pytest.mark.parametrize(
    "text",
    [
        "Sort these words: die, war, hat, man, also, den, plus, son, come, no, me, la, do, pour, main, us.",
        "The Rio de la Plata, the Isla del Este and the Casa de los Reyes are places. How many are there?",
        'What does "Das ist nicht alles" mean in English? Write it in one sentence.',
        "Links: EN - ES: 3\nDE - ON: 4\nES - DE: 2\nAU - DU: 1\nIL - ES: 5\nFind the shortest path from EN to AU.",
        "x + y = 3, e = 2, o = 5: find a.",
    ],
)
def test_names_quotes_labels_and_homographs_are_no_other_language(text: str) -> None:
    assert foreign_words(text, "en") is None


def test_pages_of_english_raise_no_alarm() -> None:
    paragraphs = [
        paragraph
        for page in [ROOT / "LICENSE", ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        for paragraph in re.split(r"\n\s*\n", page.read_text())
    ]
    assert len(paragraphs) > 100
    assert [paragraph for paragraph in paragraphs if foreign_words(paragraph, "en") is not None] == []


def test_no_small_word_of_another_language_is_a_common_english_one() -> None:
    english = set(re.findall(r"[a-z]+", (ROOT / "LICENSE").read_text().lower()))
    for language, tongue in TONGUES.items():
        if language != "en":
            shared = english & set(tongue.small.split()) - set(TONGUES["en"].small.split())
            assert not shared, f"{language}: {shared}"


@pytest.mark.parametrize(
    ("letter", "script"),
    [
        ("a", "LATIN"),
        ("ß", "LATIN"),
        ("я", "CYRILLIC"),
        ("π", "GREEK"),
        ("数", "CJK"),
        ("𝑥", "LATIN"),
        ("ａ", "FULLWIDTH"),
    ],
)
def test_a_letter_has_the_script_it_is_read_in(letter: str, script: str) -> None:
    assert script_of(letter) == script
