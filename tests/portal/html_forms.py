"""The forms of a page as a browser would see them: what stands in which field, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"input", "img", "br", "meta", "link", "hr"})


@dataclass
class Control:
    """A control: its name and kind, what it would send (None: nothing), and by which ids it is described."""

    name: str
    kind: str
    value: str | None
    described: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass
class HtmlForm:
    """A form: where it leads, whether files go with it, and its controls."""

    action: str
    multipart: bool
    controls: list[Control] = field(default_factory=list)

    def sent(self) -> dict[str, list[str]]:
        """What a browser would send of it as it stands, its buttons left out."""
        found: dict[str, list[str]] = {}
        for one in self.controls:
            if one.value is not None and one.kind not in {"submit", "file"}:
                found.setdefault(one.name, []).append(one.value)
        return found

    def described(self, name: str) -> set[str]:
        """The ids of all that describes the controls of this name."""
        return {one for control in self.controls if control.name == name for one in control.described}


class Page(HTMLParser):
    """A page: its forms, the text by element's id, and every id there is."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[HtmlForm] = []
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, str | None, tuple[str, ...]]] = []
        self._area: Control | None = None
        self._select: Control | None = None
        self.feed(html)

    def form(self, action: str) -> HtmlForm:
        """The form that leads there: of several, the one with most fields."""
        found = [one for one in self.forms if one.action == action]
        assert found, f"no form leads to {action}; there are {[one.action for one in self.forms]}"
        return max(found, key=lambda one: len(one.controls))

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        described = tuple(given.get("aria-describedby", "").split())
        if "id" in given:
            self.texts.setdefault(given["id"], "")
        if tag not in _VOID:
            self._open.append((tag, given.get("id"), described))
        if tag == "form":
            self.forms.append(HtmlForm(given.get("action", ""), given.get("enctype") == "multipart/form-data"))
        if not self.forms or ("name" not in given and tag != "option"):
            return
        self._control(tag, given, described + tuple(one for _, _, ids in self._open for one in ids))

    def _control(self, tag: str, given: Mapping[str, str], described: tuple[str, ...]) -> None:
        value = given.get("value", "")
        if tag == "input":
            kind = given.get("type", "text")
            on = kind not in {"checkbox", "radio"} or "checked" in given
            self._add(Control(given["name"], kind, value if on else None, described))
        elif tag == "button":
            self._add(Control(given["name"], "submit", value, ()))
        elif tag == "textarea":
            self._area = self._add(Control(given["name"], tag, "", described))
        elif tag == "select":
            self._select = self._add(Control(given["name"], tag, None, described))
        elif tag == "option" and self._select is not None:
            self._select.options = (*self._select.options, value)
            if "selected" in given or self._select.value is None:
                self._select.value = value

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            self._area.value = (self._area.value or "").removeprefix("\n")
            self._area = None
        if tag == "select":
            self._select = None
        while self._open and any(one[0] == tag for one in self._open):
            if self._open.pop()[0] == tag:
                break

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area.value = (self._area.value or "") + data
        for _, identifier, _ in self._open:
            if identifier is not None:
                self.texts[identifier] += data

    def _add(self, control: Control) -> Control:
        self.forms[-1].controls.append(control)
        return control
