"""A program's text, changed where forms changed it and nowhere else: comments, order and writing of the rest stay.

The document of a text is plain data of which every scalar is text. `changed` finds what is different and rewrites
only that; what it made is read again, and if it does not say what was wanted, the whole is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import yaml

from issuer.program_document import Document, yaml_of
from issuer.program_yaml import read_yaml

_NAMES = ("level", "id", "name", "system")
"""What items of a list are known by, when they changed otherwise."""

_END = "end-of-what-is-written"


def document_of(text: str) -> dict[str, Any] | None:
    """The text's data, fields left empty left out; None if it cannot be read or holds no fields."""
    read = read_yaml(text.encode())
    return None if read.faults or not isinstance(read.data, dict) else _given(read.data)


def changed(text: str, wanted: Mapping[str, Document]) -> str:
    """A text whose document is `wanted`, as like to `text` as may be."""
    if document_of(text) == wanted:
        return text
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        spliced = _Splicing(text).whole(root, dict(wanted)) if root is not None else ""
    except (yaml.YAMLError, RecursionError, LookupError):
        return yaml_of(wanted)
    return spliced if document_of(spliced) == wanted else yaml_of(wanted)


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _given(member) for key, member in value.items() if member is not None}
    return [_given(item) for item in value if item is not None] if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class _Piece:
    """An entry of a list or of fields: what stands before it on lines of its own, itself, and the rest of its line."""

    lead: str
    body: str
    tail: str


@dataclass(frozen=True, slots=True)
class _Splicing:
    text: str

    def whole(self, root: yaml.Node, wanted: dict[str, Any]) -> str:
        """The whole text, with what stands before and after the document."""
        return self.text[: root.start_mark.index] + self._value(root, wanted) + self.text[self._end(root) :]

    def _value(self, node: yaml.Node, new: Any) -> str:
        """What stands from the node's first character to its last, saying `new`."""
        if self._plain(node) == new:
            return self.text[node.start_mark.index : self._end(node)]
        if isinstance(node, yaml.MappingNode):
            return self._joined(list(self._fields(node, new)), node.start_mark.column)
        return self._joined(list(self._items(node, new)), node.start_mark.column)

    def _fields(self, node: yaml.MappingNode, new: dict[str, Any]) -> Iterator[_Piece]:
        there = {key.value: (key, value) for key, value in node.value}
        gaps = self._gaps([(key.start_mark.index, self._end(value)) for key, value in node.value])
        frames = dict(zip(there, gaps, strict=True))
        order = [name for name in there if name in new]
        for number, name in enumerate(names := list(new)):
            if name not in there:
                before = [order.index(one) + 1 for one in names[:number] if one in order]
                order.insert(max(before, default=0), name)
        for name in order:
            if name not in there:
                yield _Piece("", self._written({name: new[name]}, node.start_mark.column), "")
                continue
            key, value = there[name]
            lead, tail = frames[name]
            begin = self.text[key.start_mark.index : value.start_mark.index]
            if self._plain(value) == new[name] or self._goes_into(value, new[name]):
                yield _Piece(lead, begin + self._value(value, new[name]), tail)
            elif self._is_line(value) and (scalar := _scalar(new[name])) is not None:
                yield _Piece(lead, begin + scalar, tail)
            else:
                yield _Piece(lead, self._written({name: new[name]}, node.start_mark.column), "")

    def _items(self, node: yaml.Node, new: list[Any]) -> Iterator[_Piece]:
        column = node.start_mark.column
        tall = any(isinstance(one, yaml.MappingNode) and not one.flow_style for one in node.value)
        starts = [self._hyphen(item, column) for item in node.value]
        gaps = self._gaps([(start, self._end(item)) for start, item in zip(starts, node.value, strict=True)])
        left = dict(enumerate(node.value))
        kept: dict[int, int] = {}
        for alike in (_same, _called):  # the very same first: of two of one name, the other one changed
            for position, item in enumerate(new):
                found = [at for at, one in left.items() if position not in kept and alike(self._plain(one), item)]
                if found:
                    kept[position] = found[0]
                    del left[found[0]]
        for position, item in enumerate(new):
            if position not in kept:
                yield _Piece("", self._written([item], column, tall=tall), "")
                continue
            at = kept[position]
            old, (lead, tail) = node.value[at], gaps[at]
            if self._plain(old) == item or self._goes_into(old, item):
                yield _Piece(lead, self.text[starts[at] : old.start_mark.index] + self._value(old, item), tail)
            else:
                yield _Piece(lead, self._written([item], column, tall=tall), "")

    def _joined(self, pieces: list[_Piece], column: int) -> str:
        made = ""
        for number, piece in enumerate(pieces):
            lead = piece.lead if number and piece.lead else " " * column if number else piece.lead.lstrip()
            made += lead + piece.body
            made += piece.tail.rstrip("\n") + ("\n" if number + 1 < len(pieces) else "")
        return made

    def _gaps(self, spans: list[tuple[int, int]]) -> list[tuple[str, str]]:
        """For each of the spans what stands before it from a line's begin on, and after it until the line's end.

        Before the first, and on the lines after the last, stands what is not theirs.
        """
        between = [self.text[end:start] for (_, end), (start, _) in pairwise(spans)]
        split = [gap.partition("\n") for gap in between]
        leads = ["", *(rest for _, _, rest in split)]
        tails = [*(tail for tail, _, _ in split), self._remark(spans[-1][1])]
        return list(zip(leads, tails, strict=True))

    def _end(self, node: yaml.Node) -> int:
        """Behind the node's last character; what a parser counts to a block behind that is not its own."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            end = self._end(last[1] if isinstance(last, tuple) else last)
            return end + len(self._remark(end))
        end = int(node.end_mark.index)
        return max(len(self.text[:end].rstrip()), int(node.start_mark.index)) if self._is_block(node) else end

    def _remark(self, at: int) -> str:
        """A comment on the rest of a line."""
        rest = self.text[at:].partition("\n")[0]
        return rest.rstrip() if re.match(r" +#", rest) else ""

    def _hyphen(self, item: yaml.Node, column: int) -> int:
        start = int(item.start_mark.index)
        at = self.text.rfind("-", 0, start)
        while at - (self.text.rfind("\n", 0, at) + 1) != column:
            at = self.text.rindex("-", 0, at)
        return at

    def _goes_into(self, node: yaml.Node, new: Any) -> bool:
        """Whether part of it may stay."""
        if not isinstance(node, yaml.CollectionNode) or node.flow_style or not new:
            return False
        return isinstance(new, dict if isinstance(node, yaml.MappingNode) else list)

    @staticmethod
    def _is_block(node: yaml.Node) -> bool:
        return isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}

    def _is_line(self, node: yaml.Node) -> bool:
        one = isinstance(node, yaml.ScalarNode) and not self._is_block(node)
        return one and node.start_mark.line == node.end_mark.line and node.start_mark.index < node.end_mark.index

    @staticmethod
    def _plain(node: yaml.Node) -> Any:
        """The node's data, as `document_of` gives it."""
        return _given(_data(node))

    @staticmethod
    def _written(value: dict[str, Any] | list[Any], column: int, *, tall: bool = False) -> str:
        """Fields or items as they are written from that column on, without the spaces before the first line.

        tall: an item of fields has a line for each, however short they are.
        """
        if isinstance(value, dict):
            lines = in_lines(value).split("\n")
        elif isinstance(value[0], str):
            lines = ["- " + in_lines({"x": value[0]}).removeprefix("x: ")]
        elif tall and isinstance(value[0], dict) and value[0]:
            lines = item_lines(value[0])
        else:
            lines = [line[2:] for line in yaml_of({"items": value}).rstrip("\n").split("\n")[1:]]
        return "\n".join([lines[0], *((" " * column + line if line else "") for line in lines[1:])])


def _data(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return None if node.style is None and node.value in {"", "~", "null", "Null", "NULL"} else str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_data(item) for item in node.value]
    return {key.value: _data(value) for key, value in node.value}


def _same(old: Any, new: Any) -> bool:
    return bool(old == new)


def _called(old: Any, new: Any) -> bool:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return False
    return any(name in old and old[name] == new.get(name) for name in _NAMES)


def _scalar(value: Any) -> str | None:
    """A text as it stands on one line behind its name; None if it takes more."""
    if not isinstance(value, str) or "\n" in value:
        return None
    written = in_lines({"x": value}).removeprefix("x: ")
    return None if "\n" in written else written


def item_lines(fields: Mapping[str, Any]) -> list[str]:
    """The lines of an item of a list, a field on each."""
    first, *more = in_lines(fields).split("\n")
    return [f"- {first}", *(f"  {line}" if line else "" for line in more)]


def in_lines(fields: Mapping[str, Any]) -> str:
    """Fields as YAML, each on lines of its own however short they are."""
    return yaml_of({**fields, _END: "of\nit"}).rpartition(f"\n{_END}: |")[0]
