"""Which failures are expected, and what a person should do about each."""

from pathlib import Path
