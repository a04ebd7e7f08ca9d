"""YAML into plain data that still knows on which line everything stood.

Every scalar stays text: `version: 1.10` is the version "1.10" and not the number 1.1, `name: No` is the name "No" and
not false. What a text means is decided by the field that it stands in. Bounded in bytes, depth and number of nodes;
tags, merge keys and doubled keys are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from credentials.sentence import sentence
from issuer.errors import Fault

Path: TypeAlias = tuple["str | int", ...]
Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"

MAX_BYTES = 1_048_576
_MAX_DEPTH = 20
_MAX_NODES = 20_000
_STEP = r"[a-z_][a-z0-9_-]*"
_NOTHING = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """The data, the line (from 1) of every path in it, and the faults found while reading."""

    data: Plain
    lines: dict[Path, int]
    faults: tuple[Fault, ...] = ()

    def line(self, path: Path) -> int:
        """The line of a path; of the nearest one above it that is there, if it is missing."""
        return self.lines.get(self.written(path), 1)

    def written(self, path: Path) -> Path:
        """The part of a path that stands in the document: short forms (`to: everyone`) stand for longer ones."""
        while path and path not in self.lines:
            path = path[:-1]
        return path

    def where(self, path: Path) -> str:
        """`line 12, levels[0].name`: the place as a person finds it."""
        name = shown(path)
        return f"line {self.line(path)}, {name}" if name else f"line {self.line(path)}"


def shown(path: Path) -> str:
    """A path as people write it: `levels[0].criteria.url`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def path_of(text: str) -> Path:
    """The path that `shown` wrote; empty if the text is none."""
    if not re.fullmatch(rf"{_STEP}(\[\d+\]|\.{_STEP})*", text):
        return ()
    return tuple(int(at) if at else name for at, name in re.findall(rf"\[(\d+)\]|({_STEP})", text))


def read_yaml(data: bytes) -> YamlDocument:
    """Read one YAML document. Faults are in the answer; data is None if it could not be read at all."""
    if len(data) > MAX_BYTES:
        return YamlDocument(
            None,
            {},
            (
                Fault(
                    "",
                    sentence("the file has {count} bytes", count=len(data)),
                    sentence("at most {max_bytes} are read", max_bytes=MAX_BYTES),
                ),
            ),
        )
    try:
        root = yaml.compose(data.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        return YamlDocument(
            None,
            {},
            (Fault("", sentence("byte {start} is not UTF-8", start=error.start), sentence("save the file as UTF-8")),),
        )
    except RecursionError:
        return YamlDocument(
            None, {}, (Fault("", sentence("the file is nested too deeply"), sentence("write it flatter")),)
        )
    except yaml.YAMLError as error:
        return YamlDocument(None, {}, (_unreadable(error),))
    if root is None:
        return YamlDocument(
            None, {}, (Fault("", sentence("the file is empty"), sentence("see examples/program.yaml")),)
        )
    reading = _Reading()
    plain = reading.plain(root, ())
    return YamlDocument(plain, reading.lines, tuple(reading.faults))


def _unreadable(error: yaml.YAMLError) -> Fault:
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
    return Fault(
        where,
        sentence("this is not YAML: {value}", value=getattr(error, "problem", None) or error),
        sentence("check indentation, colons and quotes there"),
    )


@dataclass
class _Reading:
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    nodes: int = 0

    def plain(self, node: yaml.Node, path: Path) -> Plain:
        """The node as plain data; its line is noted under its path."""
        self.lines[path] = node.start_mark.line + 1
        self.nodes += 1
        if self.nodes > _MAX_NODES or len(path) > _MAX_DEPTH:
            if self.nodes == _MAX_NODES + 1 or len(path) == _MAX_DEPTH + 1:
                self._fault(node, path, sentence("the file is too large or too deeply nested"), sentence("split it up"))
            return None
        if node.tag.startswith("!"):
            self._fault(
                node, path, sentence("the tag {tag} means nothing here", tag=node.tag), sentence("leave it out")
            )
        if isinstance(node, yaml.ScalarNode):
            return None if node.style is None and node.value in _NOTHING else str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*path, index)) for index, item in enumerate(node.value)]
        return dict(self._members(node, path))

    def _members(self, node: yaml.Node, path: Path) -> Iterator[tuple[str, Plain]]:
        seen: set[str] = set()
        for key_node, value_node in node.value:
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str) or key == "<<":
                self._fault(
                    key_node,
                    path,
                    sentence("a name of a field must be plain text"),
                    sentence("write it as name: value"),
                )
                continue
            value = self.plain(value_node, (*path, key))
            self.lines[(*path, key)] = key_node.start_mark.line + 1
            if key in seen:
                self._fault(
                    key_node, (*path, key), sentence("this field stands here twice"), sentence("keep one of them")
                )
                continue
            seen.add(key)
            yield key, value

    def _fault(self, node: yaml.Node, path: Path, what: str, right: str) -> None:
        name = shown(path)
        line = f"line {node.start_mark.line + 1}"
        self.faults.append(Fault(f"{line}, {name}" if name else line, what, right))
