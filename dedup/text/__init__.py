"""A problem as its text alone tells it: what it says (`read`), and one key for all ways to tell it (`text_key`)."""

from dedup.text.entities import Entity
from dedup.text.key import read_with_key, text_key
from dedup.text.reading import Clause, Reading, read
from dedup.text.version import key_version

__all__ = ["Clause", "Entity", "Reading", "key_version", "read", "read_with_key", "text_key"]
