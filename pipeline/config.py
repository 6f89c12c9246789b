"""YAML configs, checked by pydantic: an error says its place, the nearest right name and what is allowed."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from schemas.failure import Failure
from schemas.redaction import holds_secret

ConfigT = TypeVar("ConfigT", bound=BaseModel)
Place = tuple[int | str, ...]

_A_SECRET = (
    "holds a password or a key, and a config is kept with its run for all to read: put it into an environment variable "
    "(a server's: name the variable in key_env; a bucket's: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), and leave it "
    "out here"
)


class ConfigError(Failure, ValueError):
    """A config that can't be used; the message has one line for each mistake."""


class Section(BaseModel):
    """The base of every config section: unknown keys are refused, values don't change after checking."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def load_config(path: str | Path, model: type[ConfigT], overrides: Sequence[str] = ()) -> ConfigT:
    """The checked config of a YAML file, with `key.path=value` overrides applied. Raises ConfigError."""
    text = _read(Path(path))
    values, lines = _parse(text, str(path))
    for override in overrides:
        _apply(values, override)
    return _validated(values, model, lines, str(path))


def checked(values: dict[str, Any], model: type[ConfigT], overrides: Sequence[str] = ()) -> ConfigT:
    """The config of values that were given one by one, with `key.path=value` overrides applied. Raises ConfigError."""
    for override in overrides:
        _apply(values, override)
    return _validated(values, model, {}, "")


def _validated(values: dict[str, Any], model: type[ConfigT], lines: dict[Place, int], name: str) -> ConfigT:
    if told := [f"{_where(place, lines, name)}{_dotted(place)}: {_A_SECRET}" for place in _secrets(values)]:
        raise ConfigError("\n".join(told))
    try:
        return model.model_validate(values)
    except ValidationError as failure:
        problems = [_described(error, model, lines, name) for error in failure.errors()]
        raise ConfigError("\n".join(problems)) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as failure:
        raise ConfigError(f"{path}: can't be read ({failure.strerror}); name an existing YAML file") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text; name a YAML file") from None


def _parse(text: str, name: str) -> tuple[dict[str, Any], dict[Place, int]]:
    """The values, and the line of each key path."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.YAMLError as failure:
        mark = getattr(failure, "problem_mark", None)
        where = f"{name}:{mark.line + 1}" if mark is not None else name
        raise ConfigError(f"{where}: not valid YAML: {getattr(failure, 'problem', failure)}") from None
    if not isinstance(values, dict):
        raise ConfigError(f"{name}: expected `key: value` lines at the top, found {type(values).__name__}")
    lines: dict[Place, int] = {}
    _locate(node, (), lines, name)
    return values, lines


def _locate(node: yaml.Node | None, place: Place, lines: dict[Place, int], name: str) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            here = (*place, str(key.value))
            if here in lines:
                raise ConfigError(f"{name}:{key.start_mark.line + 1}: {_dotted(here)} is given twice; keep one")
            lines[here] = key.start_mark.line + 1
            _locate(value, here, lines, name)
    elif isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            lines[*place, position] = item.start_mark.line + 1
            _locate(item, (*place, position), lines, name)


def _apply(values: dict[str, Any], override: str) -> None:
    """Sets one `key.path=value`; the value is read as YAML, list items are named by number."""
    dotted, equals, text = override.partition("=")
    if not equals or not dotted:
        raise ConfigError(f"--set {dotted}: expected key.path=value, such as --set seed=7")
    keys = dotted.strip().split(".")
    target: Any = values
    for position, key in enumerate(keys):
        last = position == len(keys) - 1
        if isinstance(target, list):
            if not key.isdecimal() or int(key) >= len(target):
                there = f"items 0 to {len(target) - 1}" if target else "no items"
                raise ConfigError(f"--set {dotted}: {'.'.join(keys[:position])} has {there}, not {key}")
            slot: int | str = int(key)
        elif isinstance(target, dict):
            slot = key
            if not last:
                target.setdefault(key, {})
        else:
            raise ConfigError(f"--set {dotted}: {'.'.join(keys[:position])} holds a value, not a section")
        if last:
            try:
                target[slot] = yaml.safe_load(text)
            except yaml.YAMLError:
                raise ConfigError(f"--set {dotted}: the value is not valid YAML") from None
        else:
            target = target[slot]


def _described(error: ErrorDetails, model: type[BaseModel], lines: dict[Place, int], name: str) -> str:
    section, place = _walked(model, error["loc"])
    where = _where(place, lines, name)
    names = sorted(section.model_fields) if section is not None else []
    if error["type"] == "extra_forbidden":
        near = get_close_matches(str(place[-1]), names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"{where}{_dotted(place)}: unknown key; {hint}allowed: {', '.join(names)}"
    if error["type"] == "missing":
        return f"{where}{_dotted(place)}: is needed and not given"
    if error["type"] == "union_tag_invalid":
        tag, tags = error["ctx"]["tag"], error["ctx"]["expected_tags"].replace("'", "")
        near = get_close_matches(tag, tags.split(", "), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        return f"{where}{_dotted(place)}: there is no {tag!r}; {hint}there is {tags}"
    problem = error["msg"].removeprefix("Value error, ")
    given = "" if isinstance(error["input"], dict | list) or place[-1:] == ("key_env",) else f", not {error['input']!r}"
    return f"{where}{_dotted(place)}: {problem}{given}{_near_choice(error)}"


def _where(place: Place, lines: dict[Place, int], name: str) -> str:
    """The file and the line of a place, or of the nearest one around it, before what is said of it."""
    line = next((lines[place[:size]] for size in range(len(place), 0, -1) if place[:size] in lines), None)
    return f"{name}:{line}: " if line is not None else f"{name}: " if name else ""


def _secrets(value: object, place: Place = ()) -> Iterator[Place]:
    """The places of strings with a secret in them: a config is written down with its run, and shown."""
    if isinstance(value, str) and holds_secret(value):
        yield place
    elif isinstance(value, dict | list | tuple):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _secrets(each, (*place, key))


def _near_choice(error: ErrorDetails) -> str:
    expected = error.get("ctx", {}).get("expected", "")
    choices = [part.strip(" '") for part in str(expected).replace(" or ", ",").split(",")]
    near = get_close_matches(str(error["input"]), choices, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if error["type"] == "literal_error" and near else ""


def _walked(model: type[BaseModel], place: Place) -> tuple[type[BaseModel] | None, Place]:
    """The section that the last key of a place lies in, seen through lists, mappings and optional sections; and the
    place as the file has it, without the names of kinds that pydantic puts between."""
    sections: list[type[BaseModel]] = [model]
    shown: list[int | str] = []
    for key in place[:-1]:
        of_this_kind = [section for section in sections if key in _kinds(section)]
        if of_this_kind and not any(key in section.model_fields for section in sections):
            sections = of_this_kind
            continue
        shown.append(key)
        if isinstance(key, str):
            fields = (section.model_fields[key] for section in sections if key in section.model_fields)
            sections = [found for field in fields for found in _sections_of(field.annotation)]
    return (sections[0] if sections else None), (*shown, *place[-1:])


def _kinds(section: type[BaseModel]) -> set[object]:
    """The values by which a section is told from others in a union: those of its literal fields."""
    return {value for field in section.model_fields.values() for value in get_args(field.annotation)}


def _sections_of(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _sections_of(part)]


def _dotted(place: Place) -> str:
    return ".".join(str(key) for key in place)
