"""A level as credentials show it: the Achievement of Open Badges 3.0 (B.1 Achievement). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from issuer.addresses import achievement_image_url, achievement_url
from issuer.program_definition import LevelDefinition, ResultRule, Skill

_SUMMARY_LENGTH = 300


def achievement_content(
    level: LevelDefinition, base_url: str, public_id: UUID, *, has_image: bool, version: str | None = None
) -> dict[str, Any]:
    """The Achievement of a level. Without `version` it is what two versions are compared by."""
    address = achievement_url(base_url, public_id)
    criteria = given({"id": level.criteria.url, "narrative": level.criteria.narrative})
    content: dict[str, Any] = {
        "id": address,
        "type": ["Achievement"],
        "name": level.name,
        "description": level.description or summary_of({"name": level.name, "criteria": criteria}),
        "criteria": criteria,
        "achievementType": level.achievement_type,
        "version": version,
        "tag": list(level.tags),
        "alignment": [_alignment(skill) for skill in level.skills],
        "resultDescription": [_result_description(rule, address) for rule in level.results],
    }
    if has_image and version is not None:
        content["image"] = {
            "id": achievement_image_url(base_url, public_id, version),
            "type": "Image",
            "caption": level.name,
        }
    return given(content)


def level_rules(level: LevelDefinition, *, program: str, time_zone: str) -> dict[str, Any]:
    """What binds awards of this version and does not stand in the Achievement itself.

    What a level does not say has no member, so that a rule added to the language later changes no older version.
    """
    rules: dict[str, Any] = {
        "validity": level.validity.as_dict() if level.validity else None,
        "status": list(level.status),
        "results": [_dumped(rule) for rule in level.results],
        "time_zone": time_zone,
    }
    if level.status_messages:
        rules["status_messages"] = list(level.status_messages)
    if level.status_reference is not None:
        rules["status_reference"] = level.status_reference
    if level.prerequisites:
        rules["prerequisites"] = [_dumped(rule.within(program)) for rule in level.prerequisites]
    if level.evidence:
        rules["evidence"] = [_dumped(rule) for rule in level.evidence]
    if level.assessment is not None:
        rules["assessment"] = _dumped(level.assessment)
    if level.recertification is not None:
        rules["recertification"] = _dumped(level.recertification)
    if level.midway is not None and level.midway.finish_until is not None:
        rules["midway"] = _dumped(level.midway)
    return rules


def _dumped(rule: BaseModel) -> dict[str, Any]:
    return rule.model_dump(mode="json", exclude_defaults=True)


def result_id(achievement: str, rule: str) -> str:
    """The id of a ResultDescription: `…/achievements/{uuid}#exam`."""
    return f"{achievement}#{rule}"


def rubric_level_id(achievement: str, rule: str, level: str) -> str:
    """The id of a RubricCriterionLevel: `…/achievements/{uuid}#exam/distinction`."""
    return f"{achievement}#{rule}/{level}"


def summary_of(content: Mapping[str, Any]) -> str:
    """Open Badges demands a description; without one, the first paragraph of the criteria says it, or the name."""
    narrative = content["criteria"].get("narrative") or content["name"]
    paragraph = str(narrative).split("\n\n")[0].replace("\n", " ").strip("# ").strip()
    return paragraph if len(paragraph) <= _SUMMARY_LENGTH else paragraph[:_SUMMARY_LENGTH].rsplit(" ", 1)[0] + " …"


def _alignment(skill: Skill) -> dict[str, Any]:
    return given(
        {
            "type": ["Alignment"],
            "targetName": skill.name,
            "targetUrl": skill.url,
            "targetFramework": skill.framework,
            "targetType": skill.type,
            "targetCode": skill.code,
            "targetDescription": skill.description,
        }
    )


def _result_description(rule: ResultRule, address: str) -> dict[str, Any]:
    percent = rule.type == "Percent"
    passing = None if rule.passing is None else rubric_level_id(address, rule.id, rule.passing)
    return given(
        {
            "id": result_id(address, rule.id),
            "type": ["ResultDescription"],
            "name": rule.name,
            "resultType": rule.type,
            "valueMin": rule.min or ("0" if percent else None),
            "valueMax": rule.max or ("100" if percent else None),
            "allowedValue": list(rule.values),
            "requiredLevel": passing if rule.levels else None,
            "requiredValue": None if rule.levels else rule.passing,
            "rubricCriterionLevel": [
                given(
                    {
                        "id": rubric_level_id(address, rule.id, step.id),
                        "type": ["RubricCriterionLevel"],
                        "name": step.name,
                        "description": step.description,
                        "points": step.points,
                    }
                )
                for step in rule.levels
            ],
        }
    )


def given(members: dict[str, Any]) -> dict[str, Any]:
    """The members that have a value (Open Badges 3.0, serialization: nothing null and no empty array)."""
    return {name: value for name, value in members.items() if value is not None and value != []}
