"""What names the content of a folder of weights."""

from hashlib import sha256
from pathlib import Path


def folder_digest(folder: str) -> str:
    """16 hex digits for what is in a folder's files; nothing where no folder is named."""
    files = sorted(Path(folder).rglob("*")) if folder else []
    whole = sha256()
    for path in files:
        if path.is_file():
            whole.update(path.read_bytes())
    return whole.hexdigest()[:16] if files else ""
