"""Which attributes of a resource a client asked for (RFC 7644, section 3.9). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from issuer.people.provisioning.attributes import ResourceType
from issuer.people.provisioning.filters import Path, parse_path

_ALWAYS = ("schemas", "id")


@dataclass(frozen=True, slots=True)
class Shown:
    """Only these attributes, if there are any; without those. What is always returned is there in any case."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def needs(self, name: str) -> bool:
        """Whether an attribute of the resource's own schema is shown, as a whole or in part."""
        heads = {one.rpartition(":")[2].partition(".")[0].lower() for one in self.only}
        gone = {one.rpartition(":")[2].lower() for one in self.without}
        return (not self.only or name.lower() in heads) and name.lower() not in gone


def projected(type_: ResourceType, document: Mapping[str, Any], shown: Shown) -> dict[str, Any]:
    """What is shown of the document. Names that are unknown count for nothing."""
    result = dict(document)
    if shown.only:
        result = {name: document[name] for name in _ALWAYS if name in document}
        for one in _paths(type_, shown.only):
            _take(type_, document, result, one)
    for one in _paths(type_, shown.without):
        _drop(type_, result, one)
    return result


def _paths(type_: ResourceType, names: Sequence[str]) -> list[Path]:
    """Each as a path; a whole extension is one with the name `*`."""
    found = []
    for name in names:
        extension = type_.extension(name)
        found.append(Path(extension.urn, "*") if extension is not None else parse_path(name))
    return found


def _take(type_: ResourceType, document: Mapping[str, Any], result: dict[str, Any], path: Path) -> None:
    if path.name == "*":
        if path.urn in document:
            result[str(path.urn)] = document[str(path.urn)]
        return
    found = type_.find(path.urn, path.name)
    if found is None:
        return
    urn, attribute = found
    holder = document.get(urn, {}) if urn else document
    if attribute.name not in holder:
        return
    value = holder[attribute.name]
    target = result.setdefault(urn, {}) if urn else result
    sub = attribute.sub(path.sub) if path.sub else None
    if sub is None:
        target[attribute.name] = value
    elif attribute.several:
        before = target.get(attribute.name) or [{} for _ in value]
        target[attribute.name] = [{**old, **_only(item, sub.name)} for old, item in zip(before, value, strict=True)]
    else:
        target[attribute.name] = {**target.get(attribute.name, {}), **_only(value, sub.name)}


def _drop(type_: ResourceType, result: dict[str, Any], path: Path) -> None:
    if path.name == "*":
        result.pop(str(path.urn), None)
        return
    found = type_.find(path.urn, path.name)
    if found is None or found[1].returned == "always":
        return
    urn, attribute = found
    if urn is not None:
        result[urn] = dict(result.get(urn, {}))
    target = result[urn] if urn is not None else result
    sub = attribute.sub(path.sub) if path.sub else None
    if sub is None:
        target.pop(attribute.name, None)
    elif attribute.name in target:
        value = target[attribute.name]
        target[attribute.name] = (
            [_but(item, sub.name) for item in value] if attribute.several else _but(value, sub.name)
        )
    if urn is not None and not result[urn]:
        del result[urn]


def _only(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: item[name]} if name in item else {}


def _but(item: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {one: value for one, value in item.items() if one != name}
