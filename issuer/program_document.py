"""A program as published now, as the plain data of its file: what a published level says, back in its author's words.

Reading `yaml_of(document)` and applying it changes nothing. Pictures are the exception that a file cannot hold: they
are named `{level}.png` or `{level}.svg` and lie beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import yaml

from issuer.achievement_content import summary_of
from issuer.assessment.rules import EvidenceRule, PrerequisiteRule, Quorum
from issuer.program_definition import ResultRule
from issuer.program_settings import ProgramSettings
from issuer.programs import Achievement
from issuer.recertification.rules import Basis, Effect, Recertification, Renewing, Work

Document: TypeAlias = "str | list[Document] | dict[str, Document]"
"""Plain data of which every scalar is text, as `issuer.program_yaml` reads it."""
_WIDTH = 110
_SHORT = 80


def level_document(level: Achievement) -> dict[str, Document]:
    """A published version as the file says it. A version whose number was made is left out, so that the next is too."""
    content = level.content
    document: dict[str, Any] = {
        "level": level.level,
        "name": level.name,
        "version": level.version if level.version != str(level.ordinal) else None,
        "description": content["description"] if content["description"] != summary_of(content) else None,
        "image": image_name(level),
        "validity": str(level.validity) if level.validity else None,
        "achievement_type": content["achievementType"] if content["achievementType"] != "Certification" else None,
        "tags": list(content.get("tag", ())),
        "criteria": _criteria(content["criteria"]),
        "skills": [_skill(alignment) for alignment in content.get("alignment", ())],
        "results": [_result(rule) for rule in level.results],
        "status": list(level.status_purposes) if level.status_purposes != ("revocation",) else None,
        "status_messages": list(level.status_messages),
        "status_reference": level.status_reference,
        "prerequisites": [_prerequisite(rule, level.program) for rule in level.prerequisites],
        "evidence": [_evidence(rule) for rule in level.evidence],
        "assessment": _assessment(level.quorum) if level.quorum else None,
        "recertification": recertification_document(level.recertification) if level.recertification else None,
        "midway": {"finish_until": level.finish_until.isoformat()} if level.finish_until else None,
    }
    return {name: value for name, value in document.items() if value not in (None, [])}


def image_name(level: Achievement) -> str | None:
    """The name of a level's picture beside the file; None if it has none."""
    endings = {"image/png": "png", "image/svg+xml": "svg"}
    return f"{level.level}.{endings[level.image_media_type]}" if level.image_media_type else None


def settings_document(settings: ProgramSettings) -> dict[str, Document]:
    """The settings that are not the defaults, as the file says them."""
    document: dict[str, Any] = settings.as_json()
    if "reminders" in document:
        document["reminders"] = [_days(days) for days in settings.reminders]
    if "escalation" in document:
        document["escalation"] = {name: _days(days) for name, days in document["escalation"].items()}
    return {name: _plain(value) for name, value in document.items()}


def recertification_document(rules: Recertification) -> dict[str, Document]:
    """The rules of renewing, each as a sentence's worth of words."""
    within = f" within {rules.dependents.within}" if rules.dependents.within else ""
    document = {
        "window": str(rules.window),
        "due": str(rules.due) if rules.due else None,
        "grace": str(rules.grace) if rules.grace else None,
        "counts_from": str(rules.fixed or rules.counts_from),
        "takes": _takes(rules.takes),
        "late": str(rules.late),
        "dependents": f"{rules.dependents.effect}{within}",
        "refresh_service": "true" if rules.refresh_service else None,
    }
    defaults = {
        "counts_from": Basis.COMPLETION.value,
        "takes": Work.REASSESSMENT.value,
        "late": Recertification.model_fields["late"].default.value,
        "dependents": Effect.NOTHING.value,
    }
    return {name: value for name, value in document.items() if value is not None and value != defaults.get(name)}


def yaml_of(document: Mapping[str, Document]) -> str:
    """The data as YAML for people: texts of several lines as blocks, no quotes where none are needed."""
    return yaml.dump(dict(document), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


class _Dumper(yaml.SafeDumper):
    """Writes what `read_yaml` reads, where every plain scalar but nothing itself is text."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002
        """Never: a value that stands twice is written twice."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Lists stand indented below their name."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=_is_short(items))


def _fields(dumper: yaml.SafeDumper, fields: dict[str, Any]) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", fields, flow_style=_is_short([*fields, *fields.values()]))


def _is_short(items: list[Any]) -> bool:
    """Whether it reads well on one line."""
    return all(isinstance(item, str) and "\n" not in item for item in items) and sum(map(len, items)) <= _SHORT


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(dict, _fields)
_Dumper.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] in {"tag:yaml.org,2002:null", "tag:yaml.org,2002:merge"}]
    for first, pairs in yaml.SafeDumper.yaml_implicit_resolvers.items()
}


def _plain(value: Any) -> Document:
    """JSON as a file has it: every scalar is text, and nothing is left out."""
    if isinstance(value, dict):
        return {name: _plain(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}"


def _criteria(criteria: Mapping[str, str]) -> Document:
    if "id" not in criteria:
        return criteria["narrative"]
    return {name: criteria[key] for name, key in (("narrative", "narrative"), ("url", "id")) if key in criteria}


def _skill(alignment: Mapping[str, str]) -> dict[str, Document]:
    fields = ("name", "url", "framework", "type", "code", "description")
    return {name: alignment[f"target{name.title()}"] for name in fields if f"target{name.title()}" in alignment}


def _prerequisite(rule: PrerequisiteRule, program: str) -> Document:
    names: list[Document] = [
        one.level if one.program == program else {"program": str(one.program), "level": one.level} for one in rule.of
    ]
    if len(names) == 1:
        return names[0]
    return {"of": names} if rule.needed == len(names) else {"of": names, "needed": str(rule.needed)}


def _result(rule: ResultRule) -> Document:
    implied = {"type"} if rule.levels else set()
    return _plain(rule.model_dump(mode="json", exclude_defaults=True, exclude=implied))


def _evidence(rule: EvidenceRule) -> Document:
    return _plain(rule.model_dump(mode="json", exclude_defaults=True))


def _assessment(quorum: Quorum) -> Document:
    return _plain({"assessors": quorum.assessors, **quorum.model_dump(mode="json", exclude_defaults=True)})


def _takes(takes: Renewing) -> Document:
    if takes.kind is Work.REASSESSMENT:
        return takes.kind.value
    if takes.kind is Work.CREDITS:
        return {"credits": f"{takes.credits}", "over": str(takes.over)}
    return {"steps": list(takes.steps)} if takes.kind is Work.STEPS else {"declaration": str(takes.declaration)}
