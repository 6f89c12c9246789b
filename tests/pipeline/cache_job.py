"""A process that fills a cache: python cache_job.py FOLDER NAME COUNT. Says each sample's number once it is kept."""

import sys

from pipeline.engines.completions import CompletionStore
from pipeline.engines.protocol import Completion


def key_of(name: str, number: int) -> bytes:
    return f"{name}{number:08}".encode().ljust(16)


def completion_of(name: str, number: int) -> Completion:
    ids = tuple(range(number % 50))
    return Completion(
        request_id=name,
        sample=number,
        token_ids=ids,
        logprobs=tuple(-each / 7 for each in ids),
        text=f"{name} {number} " * 20,
        finish="stop",
    )


if __name__ == "__main__":
    folder, name, count = sys.argv[1:]
    store = CompletionStore(folder)
    print("open", flush=True)
    sys.stdin.readline()
    for number in range(int(count)):
        store.put(key_of(name, number), completion_of(name, number))
        print(number, flush=True)
    store.close()
