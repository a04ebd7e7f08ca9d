"""A mail before it takes a form: its parts, in the order in which they are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One matter, written: a heading, sentences below it, where its link leads to, and more links, labelled."""

    heading: str
    sentences: tuple[str, ...]
    link_label: str
    link: str | None
    urgent: bool = False
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A person with the lines about him, or a program with none of its own; `late` if one of them is overdue."""

    name: str
    lines: tuple[str, ...]
    late: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a mail: entries in full, or people in lines."""

    title: str
    lead: str = ""
    entries: tuple[Entry, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail before it takes a form."""

    subject: str
    issuer: str
    base_url: str
    greeting: str
    sections: tuple[Section, ...]
    because: str
