"""No line of ours runs what it was given: no pickle is read, no text evaluated, no shell asked, no foreign code run.

And none listens to other machines.
"""

import ast
from collections.abc import Iterator, Mapping

import pytest

from tests.test_layers import project_sources

EVALUATES = {"eval", "exec", "compile", "__import__"}
UNPICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
SWITCHES = {"trust_remote_code", "allow_pickle", "shell"}
"""Arguments that must be False wherever they are given."""

UNSAFE = {
    ("torch", "load"): "reads a pickle: use safetensors",
    ("yaml", "load"): "builds any object: use safe_load",
    ("yaml", "unsafe_load"): "builds any object: use safe_load",
    ("os", "system"): "asks a shell: use subprocess with a list",
    ("os", "popen"): "asks a shell: use subprocess with a list",
    ("tempfile", "mktemp"): "names a file that another may make first",
}


EVERYBODY = {"0.0.0.0", "::", "[::]"}
LISTENERS = {"LocalCluster", "HTTPServer", "ThreadingHTTPServer", "TCPServer", "start_server", "create_server", "bind"}
"""What opens a port: our code has the first with this machine's own address, and none of the others."""


def dangers(sources: Mapping[str, str]) -> list[str]:
    """What is dangerous in files given by their paths: one sentence each, in order."""
    return [
        f"{path}:{node.lineno}: {said}"
        for path, source in sorted(sources.items())
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.expr | ast.stmt)
        for said in _dangers_of(node)
    ]


def _dangers_of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and node.value in EVERYBODY:
        yield "listens to every machine: 127.0.0.1, unless the user says otherwise"
    if isinstance(node, ast.Import | ast.ImportFrom):
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        for module in modules:
            if module.split(".")[0] in UNPICKLES:
                yield f"{module} runs what it reads"
    if not isinstance(node, ast.Call):
        return
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    hosts = {argument.arg: ast.unparse(argument.value) for argument in node.keywords}
    if called in LISTENERS and hosts.get("host") != "'127.0.0.1'":
        yield f"{called} listens: with host='127.0.0.1'"
    if isinstance(node.func, ast.Name) and node.func.id in EVALUATES:
        yield f"{node.func.id} runs what it is given"
    if isinstance(node.func, ast.Attribute):
        owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
        if said := UNSAFE.get((owner, node.func.attr)):
            yield f"{owner}.{node.func.attr} {said}"
        if node.func.attr in {"extractall", "extract"} and owner not in {"re"}:
            yield f"{node.func.attr} writes wherever the archive says: read members by name"
    for argument in node.keywords:
        if argument.arg in SWITCHES and not (
            isinstance(argument.value, ast.Constant) and argument.value.value is False
        ):
            yield f"{argument.arg} must be False"


def test_nothing_of_ours_runs_what_it_was_given() -> None:
    assert dangers(project_sources()) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("eval('1')", "eval runs"),
        ("import pickle", "pickle runs"),
        ("from joblib import load", "joblib runs"),
        ("torch.load(path, weights_only=True)", "torch.load reads a pickle"),
        ("yaml.load(text)", "yaml.load builds any object"),
        ("subprocess.run(line, shell=True)", "shell must be False"),
        ("load(name, trust_remote_code=asked)", "trust_remote_code must be False"),
        ("archive.extractall(folder)", "extractall writes"),
        ("numpy.load(path, allow_pickle=True)", "allow_pickle must be False"),
        ("HOST = '0.0.0.0'", "listens to every machine"),
        ("LocalCluster(n_workers=2)", "LocalCluster listens"),
        ("listener.bind((host, 0))", "bind listens"),
    ],
)
def test_each_danger_is_seen(source: str, said: str) -> None:
    found = dangers({"pipeline/x.py": source})
    assert len(found) == 1
    assert found[0].startswith(f"pipeline/x.py:1: {said}")
