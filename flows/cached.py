"""What the cache of samples saved, said to whoever runs."""

import sys

from pipeline.engines.cache import CachedEngine
from pipeline.engines.protocol import Engine


def say_hits(engine: Engine) -> None:
    """Says on stderr how many samples were there already, where there is a cache."""
    if isinstance(engine, CachedEngine):
        sys.stderr.write(f"{engine.model}: {engine.hits:,} of {engine.asked:,} samples from the cache\n")
