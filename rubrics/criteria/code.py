"""Whether the code in a response is Python, read by Python's own parser within bounds. Nothing of it is run."""

import ast
import re
import warnings
from functools import partial
from typing import Annotated

import msgspec

from rubrics.criteria.amounts import Phrases
from rubrics.criteria.contract import Checker, Found, Subject
from rubrics.criteria.data import UnreadableError, of_payload
from rubrics.criteria.keywords import listed
from rubrics.criteria.markdown import code_blocks

LONGEST_CODE = 20_000
"""Characters of one piece of code; longer code fails, with that reason."""
_DEEPEST_CHAIN = 300
"""Operators and brackets that may follow each other in one statement without a comma between them."""
_MOST_BRANCHES = 100
_CODE_TOKEN = re.compile(
    r"#[^\n]*|[bBrRuUfF]{0,2}(?:\"\"\"(?:[\s\S]*?\"\"\"|[\s\S]*)|'''(?:[\s\S]*?'''|[\s\S]*)"
    r"|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?)|\\\n|[\n,;()\[\]{}]|[-+~*/%&|^<>=.@:!]"
    r"|\b(?:not|and|or|in|is|if|else|elif|for|await|lambda|yield)\b"
)
_PYTHON = ("python", "py", "python3")
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,60}\Z"
Name = Annotated[str, msgspec.Meta(pattern=_NAME)]


class Python(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`defines` are functions or classes that the code must define at its top."""

    defines: Annotated[tuple[Name, ...], msgspec.Meta(max_length=20)] = ()


class Imports(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    modules: Phrases


class Language(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    language: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9+#.-]{1,30}\Z")]


def python_tree(code: str) -> ast.Module:
    """The syntax tree of Python code. Raises UnreadableError for what is none, or is beyond the bounds.

    The bounds come first: on code nested deep enough the interpreter's parser overflows its stack.
    """
    if len(code) > LONGEST_CODE:
        raise UnreadableError(f"the code is over {LONGEST_CODE} characters")
    if _chain(code) > _DEEPEST_CHAIN:
        raise UnreadableError("the code is nested too deep")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except SyntaxError as failure:
        raise UnreadableError(f"it is not Python: {failure.msg} (line {failure.lineno})") from None
    except (ValueError, RecursionError, MemoryError):
        raise UnreadableError("it is not Python that can be read") from None


def _chain(code: str) -> int:
    """The most operators and brackets that are open at one place of the code: no syntax tree is deeper."""
    levels = [0]
    total = deepest = branches = 0
    for match in _CODE_TOKEN.finditer(code):
        token = match[0]
        if token in _OPENING:
            levels.append(1)
            total += 1
        elif token in _CLOSING:
            if len(levels) > 1:
                total -= levels.pop() - 1
                levels[-1] += 1
        elif token in (",", ";", "\n"):
            if token != "\n" or len(levels) == 1:
                total -= levels[-1]
                levels[-1] = 0
        elif token[0] in "#\\" or token[-1] in "\"'":
            if "f" in token[:2].lower() and "{" in token:
                deepest = max(deepest, total + len(token) // 2)
        else:
            levels[-1] += 1
            total += 1
            branches += token == "elif"
        deepest = max(deepest, total)
    return deepest if branches <= _MOST_BRANCHES else _DEEPEST_CHAIN + 1


def _python(arguments: Python, code: str) -> Found:
    tree = python_tree(code)
    kinds = ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef
    names = {node.name for node in tree.body if isinstance(node, kinds)}
    missing = tuple(name for name in arguments.defines if name not in names)
    if missing:
        return Found(False, f"it does not define: {listed(missing)}")
    return Found(bool(tree.body), "it is Python" if tree.body else "there is no code")


def _imports(arguments: Imports, code: str) -> Found:
    tree = python_tree(code)
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        other = [name for name in names if name.split(".")[0] not in arguments.modules]
        if other:
            return Found(False, f"it imports {other[0][:60]}")
    return Found(bool(tree.body), "it imports nothing else" if tree.body else "there is no code")


def _marked(arguments: Language, subject: Subject) -> Found:
    found = [block for block in code_blocks(subject.response) if block.closed and block.code.strip()]
    there = sorted({block.language or "no language" for block in found})
    return Found(
        any(block.language == arguments.language for block in found), f"fenced blocks: {', '.join(there) or 'none'}"
    )


CHECKERS = (
    Checker(
        name="python",
        arguments=Python,
        check=partial(of_payload, _python, _PYTHON),
        sentence=lambda asked: (
            f"Answer with Python code{f' that defines {listed(asked.defines)}' if asked.defines else ''}, "
            "in one fenced block or alone."
        ),
    ),
    Checker(
        name="python_imports",
        arguments=Imports,
        check=partial(of_payload, _imports, _PYTHON),
        sentence=lambda asked: f"The Python code may import nothing but: {listed(asked.modules)}.",
    ),
    Checker(
        name="code_language",
        arguments=Language,
        check=_marked,
        sentence=lambda asked: f"Give code in a fenced block that is marked as {asked.language}.",
    ),
)
