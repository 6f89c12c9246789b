"""How long a response is, and each of its parts."""

from rubrics.criteria.amounts import counting, counting_each
from rubrics.criteria.text import folded, lines, paragraphs, sentences, visible, words

CHECKERS = (
    counting("word_count", "word", "words", lambda text: len(words(text))),
    counting("sentence_count", "sentence", "sentences", lambda text: len(sentences(text))),
    counting("paragraph_count", "paragraph", "paragraphs", lambda text: len(paragraphs(text))),
    counting("line_count", "line", "lines", lambda text: len(lines(text))),
    counting("character_count", "character", "characters", lambda text: len(visible(text).strip())),
    counting("different_word_count", "different word", "different words", lambda text: len(set(words(folded(text))))),
    counting_each(
        "words_per_sentence", "sentence", "word", "words", lambda text: [len(words(each)) for each in sentences(text)]
    ),
    counting_each(
        "words_per_paragraph",
        "paragraph",
        "word",
        "words",
        lambda text: [len(words(each)) for each in paragraphs(text)],
    ),
    counting_each("words_per_line", "line", "word", "words", lambda text: [len(words(each)) for each in lines(text)]),
    counting_each(
        "characters_per_line", "line", "character", "characters", lambda text: [len(each) for each in lines(text)]
    ),
    counting_each(
        "sentences_per_paragraph",
        "paragraph",
        "sentence",
        "sentences",
        lambda text: [len(sentences(each)) for each in paragraphs(text)],
    ),
    counting_each(
        "letters_per_word",
        "word",
        "letter",
        "letters",
        lambda text: [sum(map(str.isalpha, word)) for word in words(text)],
    ),
)
