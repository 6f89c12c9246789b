"""Two processes never work in one folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.lock import BusyError, only_one

HOLDER = """
import sys, time
from pipeline.lock import only_one
with only_one(sys.argv[1]):
    print(1, flush=True)
    time.sleep(600)
"""


def test_a_second_process_is_refused_until_the_first_is_gone_even_killed(tmp_path: Path) -> None:
    place = str(tmp_path / "run")
    with subprocess.Popen([sys.executable, "-c", HOLDER, place], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"1\n"
        with pytest.raises(BusyError, match="another taskmill is at work there"), only_one(place):
            pass
        with only_one(str(tmp_path / "other")):
            pass
        holder.kill()
    with only_one(place):
        pass
