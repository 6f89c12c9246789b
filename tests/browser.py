"""Headless Chromium for tests that look at a page as a reader does: its text, its console, what it asks of others."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

PHONE, DESKTOP = 360, 1280
"""Widths in CSS pixels."""

Scheme = Literal["light", "dark"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium on PATH, which the machine has to have: the tests fetch no browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise RuntimeError("no chromium on PATH: install the system's package (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


class Opened:
    """A page in a window of its own, and what it did: `console` has its warnings and errors, `errors` the exceptions
    that nothing caught, `outside` the addresses of requests that left its own origin."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.console: list[str] = []
        self.errors: list[str] = []
        self.outside: list[str] = []
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("warning", "error"):
            self.console.append(message.text)

    def _asked(self, request: Request) -> None:
        if self._left(request.url):
            self.outside.append(request.url)

    def _left(self, url: str) -> bool:
        asked, own = urlsplit(url), urlsplit(self.address)
        if asked.scheme in ("data", "blob", "about"):
            return False
        if own.scheme == "file":
            return url.partition("#")[0] != self.address.partition("#")[0]
        return (asked.scheme, asked.netloc) != (own.scheme, own.netloc)

    def text(self, selector: str = "body") -> str:
        """What a reader sees of an element, without what is hidden or folded."""
        return self.page.inner_text(selector)

    def evaluate(self, script: str, argument: object = None) -> Any:
        return self.page.evaluate(script, argument)

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window; 0 where nothing scrolls sideways."""
        width: int = self.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return width

    def screenshot(self, path: Path, *, whole: bool = False) -> Path:
        self.page.screenshot(path=path, full_page=whole)
        return path

    def pdf(self) -> bytes:
        """The page as it is printed on A4."""
        return self.page.pdf(format="A4")


@contextmanager
def opened(
    browser: Browser, target: Path | str, *, width: int = DESKTOP, height: int = 900, scheme: Scheme = "light"
) -> Iterator[Opened]:
    """A file or an address, loaded in a window of that width; each has cookies and storage of its own."""
    address = target if isinstance(target, str) else target.resolve().as_uri()
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    try:
        seen = Opened(context.new_page(), address)
        seen.page.goto(address, wait_until="load")
        yield seen
    finally:
        context.close()
