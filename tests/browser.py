"""Headless Chromium for tests that look at a page as a reader does: its text, its console, what it asks of others."""

import re
import shutil
import zlib
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


_FAINT = """() => {
  const parts = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const opaque = (colour) => parts(colour).length === 3 || parts(colour)[3] === 1;
  const light = (colour) => parts(colour).slice(0, 3).map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (colour.startsWith("rgb") && parts(colour).length && opaque(colour)) return colour;
      if (!colour.startsWith("rgb")) return null;
    }
    return "rgb(255, 255, 255)";
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const words = [...element.childNodes].map((node) => node.nodeType === 3 ? node.data.trim() : "").join("");
    if (!words || element.closest("svg, script, style, noscript, details:not([open]) > :not(summary)")) continue;
    const style = getComputedStyle(element), behind = ground(element);
    if (!behind || !style.color.startsWith("rgb")) continue;
    const [high, low] = [light(style.color), light(behind)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const told = `${words.slice(0, 40)}: ${style.color} on ${behind}`;
    if ((high + 0.05) / (low + 0.05) < (large ? 3 : 4.5)) found.push(told);
  }
  return found;
}"""


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

    def faint(self) -> list[str]:
        """The texts that stand out too little from what is behind them: a contrast under 4.5, or under 3 for large ones
        (WCAG 2.2, 1.4.3). Looks at elements with a ground in one colour, not at pictures."""
        told: list[str] = self.evaluate(_FAINT)
        return told

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


def pdf_text(pdf: bytes) -> str:
    """The letters that a PDF of Chromium's draws, read by each of its fonts in turn; spaces may be missing."""
    streams = [_inflated(body) for body in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)]
    runs = [run for text in streams for run in re.findall(rb"<([0-9A-F]+)> Tj", text)]
    drawn = [int(run[at : at + 4], 16) for run in runs for at in range(0, len(run), 4)]
    fonts = [_letters(text.decode("latin-1")) for text in streams if b"beginbf" in text]
    return "\n".join("".join(font.get(glyph, "") for glyph in drawn) for font in fonts)


def _inflated(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error:
        return b""


def _letters(table: str) -> dict[int, str]:
    """What a font's ToUnicode table says that its glyphs mean."""
    singles = re.findall(r"^<(\w{4})> <(\w{4})>$", table, re.MULTILINE)
    ranges = re.findall(r"^<(\w{4})> <(\w{4})> <(\w{4})>$", table, re.MULTILINE)
    found = {int(glyph, 16): chr(int(code, 16)) for glyph, code in singles}
    for first, last, code in ranges:
        for step in range(int(last, 16) - int(first, 16) + 1):
            found[int(first, 16) + step] = chr(int(code, 16) + step)
    return found
