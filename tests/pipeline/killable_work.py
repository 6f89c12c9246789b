"""Work for the children of `test_killable`: it echoes, and some items hang, crash, or eat memory."""

import os
import time


def echo(item: bytes) -> bytes:
    if item == b"hang":
        while True:
            pass
    if item == b"sleep":
        time.sleep(60)
    if item == b"crash":
        os._exit(3)
    if item == b"raise":
        raise ValueError("on purpose")
    if item == b"eat":
        return bytes(64 << 30)
    if item == b"pid":
        return str(os.getpid()).encode()
    return item[::-1]
