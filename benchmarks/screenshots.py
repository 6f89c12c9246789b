"""The pictures of the documentation, taken anew in headless Chromium (on PATH).

    make demo
    python -m benchmarks.screenshots report outputs/demo
    taskmill serve configs/tasks.yaml
    taskmill serve configs/tasks.yaml --run-now
    python -m benchmarks.screenshots prefect http://127.0.0.1:4200/runs/flow-run/<as it says>

`docs/report.png`: the beginning of the demo's report; `docs/prefect.png`: Prefect's page of a run that has ended. PNGs
have at most 256 colours, which flat pages do not miss.
"""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.browser import DESKTOP, chromium, opened

DOCS = Path(__file__).parents[1] / "docs"


def take_report(folder: str) -> None:
    """docs/report.png, of the `report.html` in a run's folder."""
    with chromium() as browser, opened(browser, Path(folder) / "report.html", width=DESKTOP, height=1400) as page:
        save(page.page.screenshot(), DOCS / "report.png")


def take_prefect(address: str) -> None:
    """docs/prefect.png, of the page of a flow run: what it made."""
    with chromium() as browser, opened(browser, address, width=DESKTOP) as page:
        page.page.get_by_text("Artifacts", exact=True).last.click()
        page.page.get_by_text("way of the data").first.wait_for()
        save(page.page.screenshot(), DOCS / "prefect.png")


def save(png: bytes, path: Path) -> None:
    """The picture in few colours, and so in few bytes."""
    Image.open(BytesIO(png)).convert("RGB").quantize(256).save(path, optimize=True)
    sys.stdout.write(f"{path}: {path.stat().st_size:,} bytes\n")


TAKEN = {"report": take_report, "prefect": take_prefect}
"""Each picture by its name, taken of what the command line names."""


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in TAKEN:
        sys.exit(f"usage: python -m benchmarks.screenshots {'|'.join(TAKEN)} WHAT")
    TAKEN[sys.argv[1]](sys.argv[2])


if __name__ == "__main__":
    main()
