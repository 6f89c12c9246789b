"""Texts of models and tasks as a person may be shown them: bounded, and with nothing that steers what shows them."""

LONGEST = 4000
"""Characters of one text that are shown."""


def harmless(text: str) -> str:
    """The text without what would steer a terminal or turn its letters round, cut in the middle where it is long.

    >>> harmless("a\\x1b[2Jb")
    'a␛[2Jb'
    """
    return plain(shortened(text))


def shortened(text: str, longest: int = LONGEST) -> str:
    """At most about so many characters: the beginning and the end, with what is left out between them said."""
    if len(text) <= longest:
        return text
    half = longest // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters …\n{text[-half:]}"


def plain(text: str) -> str:
    """The text with control and direction characters made visible, however long it is."""
    return text.translate(_PLAIN)


_TURNING = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
_PLAIN = (
    {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
    | {0x7F: 0x2421}
    | dict.fromkeys([*range(0x80, 0xA0), *range(0xD800, 0xE000), *_TURNING], 0xFFFD)
)
