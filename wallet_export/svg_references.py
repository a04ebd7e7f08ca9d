"""How much an SVG draws once its references are followed: ten levels of ten `use` are 10,000,000,000."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from wallet_export.errors import ImageRefused

MAX_DRAWN = 1_000_000
"""Elements drawn, what is referred to counted each time. Large illustrations stay below 100,000."""

_URL_FRAGMENT = re.compile(r"""url\(\s*["']?#([\w.:-]+)""", re.IGNORECASE)
_RULE = re.compile(r"([^{};]*)\{([^{}]*)\}")
_SELECTOR_NAME = re.compile(r"[.#]?[A-Za-z_][\w-]*")


@dataclass(slots=True)
class _Node:
    """An element: the names a selector may call it by, how many markers it can carry, its children, and
    what its attributes and the style sheets refer to (id, how often)."""

    names: frozenset[str]
    vertices: int
    children: list[int] = field(default_factory=list)
    refers: list[tuple[str, int]] = field(default_factory=list)
    styled: list[tuple[str, int]] = field(default_factory=list)


@dataclass(slots=True)
class References:
    """Collects the elements of one drawing, in the order of their tags; `check` gives the verdict."""

    nodes: list[_Node] = field(default_factory=list)
    open: list[int] = field(default_factory=list)
    ids: dict[str, int] = field(default_factory=dict)
    rules: list[tuple[frozenset[str], list[str], bool]] = field(default_factory=list)

    def enter(self, element: str, attributes: dict[str, str]) -> None:
        """An element begins; `attributes` as they will be written."""
        vertices = 1 + (len(attributes.get("d", "")) + len(attributes.get("points", ""))) // 4
        node = _Node(_names(element, attributes), vertices)
        for name, value in attributes.items():
            if name in ("href", "xlink:href") and value.startswith("#"):
                node.refers.append((value[1:], 1))
            elif "url(" in value.lower():
                times = vertices if "marker" in name or "marker" in value else 1
                node.refers += [(target, times) for target in _URL_FRAGMENT.findall(value)]
        if self.open:
            self.nodes[self.open[-1]].children.append(len(self.nodes))
        if "id" in attributes:
            self.ids.setdefault(attributes["id"], len(self.nodes))
        self.open.append(len(self.nodes))
        self.nodes.append(node)

    def leave(self) -> None:
        """The element entered last ends."""
        self.open.pop()

    def style(self, css: str) -> None:
        """A style sheet of the drawing: its rules that refer to something."""
        while True:
            for selector, body in _RULE.findall(css):
                if targets := _URL_FRAGMENT.findall(body):
                    self.rules.append((frozenset(_SELECTOR_NAME.findall(selector)), targets, "marker" in body))
            css, inner = _RULE.subn(" ", css)
            if not inner:
                return

    def check(self) -> None:
        """Raise ImageRefused if references run in a circle or draw more than MAX_DRAWN elements."""
        if any(node.refers for node in self.nodes) or self.rules:
            self._apply_rules()
            self._measure()

    def _apply_rules(self) -> None:
        """Add what style sheets refer to. Selectors are matched generously: too much counted, never too little."""
        for node in self.nodes:
            for names, targets, marks in self.rules:
                if not names or names & node.names:
                    node.styled += [(target, node.vertices if marks else 1) for target in targets]

    def _measure(self) -> None:
        """Depth first without recursion: an element's number is known when those of its parts are."""
        drawn: dict[int, int] = {}
        underway: set[int] = set()
        stack = [0]
        while stack:
            at = stack[-1]
            if at in drawn:
                stack.pop()
            elif at in underway:
                underway.discard(at)
                drawn[at] = 1 + sum(drawn.get(part, 0) * times for part, times in self._parts(at))
                if drawn[at] > MAX_DRAWN:
                    raise ImageRefused(
                        f"The SVG draws more than {MAX_DRAWN:,} elements once its references are followed."
                    )
            else:
                underway.add(at)
                self._refuse_circle(at, underway)
                # A circle that only generous matching sees is no fault: renderers leave such a reference out.
                stack += [part for part, _ in self._parts(at) if part not in drawn and part not in underway]

    def _parts(self, at: int) -> list[tuple[int, int]]:
        """(element, how often) of everything that is drawn with this element."""
        node = self.nodes[at]
        referred = [(self.ids[target], times) for target, times in node.refers + node.styled if target in self.ids]
        return [(child, 1) for child in node.children] + referred

    def _refuse_circle(self, at: int, underway: set[int]) -> None:
        for target, _ in self.nodes[at].refers:
            if self.ids.get(target) in underway:
                raise ImageRefused(f"The SVG refers to itself in a circle, through #{target[:40]}.")


def _names(element: str, attributes: dict[str, str]) -> frozenset[str]:
    classes = {f".{name}" for name in attributes.get("class", "").split()}
    return frozenset({element, f"#{attributes.get('id', '')}", *classes})
