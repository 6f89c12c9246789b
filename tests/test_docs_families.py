"""The family of docs/families.md is a whole one: it runs as shown and the conformance suite finds nothing."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_family_shown_conforms(tmp_path: Path) -> None:
    blocks = re.findall(
        r"^```python\n(.*?)^```$", (ROOT / "docs" / "families.md").read_text(), re.MULTILINE | re.DOTALL
    )
    script = tmp_path / "letters.py"
    script.write_text("\n".join(blocks) + "\nprint('tried', len(conformance.CHECKS))\n")
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, cwd=ROOT, env={"PYTHONPATH": "."}
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"tried \d\d\n", done.stdout), done.stdout
