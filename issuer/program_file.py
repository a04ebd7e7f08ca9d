"""A program's YAML file, read: either a whole ProgramDefinition with its images, or every fault at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from credentials.sentence import sentence
from issuer.assessment.rules import EvidenceRule, LevelName, Midway, PrerequisiteRule, Quorum
from issuer.errors import Fault, ProgramRefused
from issuer.learning.rules import LearningRule
from issuer.people.assignment_rules import AssignmentRule, Target
from issuer.program_checks import findings, level_faults, line_of, link_faults, own_links
from issuer.program_definition import (
    Criteria,
    LevelDefinition,
    ProgramDefinition,
    ResultRule,
    RubricLevel,
    Skill,
)
from issuer.program_settings import Committee, Decision, Escalation, MailHours, Member
from issuer.program_yaml import read_yaml
from issuer.recertification.rules import Dependents, Recertification, Renewing
from issuer.yaml_model import Parts, given_image, read_image, read_model, valid_items

_PARTS: Parts = {
    (): ProgramDefinition,
    ("escalation",): Escalation,
    ("mail_hours",): MailHours,
    ("committee",): Committee,
    ("committee", "members"): Member,
    ("committee", "decisions"): Decision,
    ("learning",): LearningRule,
    ("assign",): AssignmentRule,
    ("assign", "to"): Target,
    ("levels",): LevelDefinition,
    ("levels", "criteria"): Criteria,
    ("levels", "skills"): Skill,
    ("levels", "results"): ResultRule,
    ("levels", "results", "levels"): RubricLevel,
    ("levels", "prerequisites"): PrerequisiteRule,
    ("levels", "prerequisites", "of"): LevelName,
    ("levels", "evidence"): EvidenceRule,
    ("levels", "assessment"): Quorum,
    ("levels", "recertification"): Recertification,
    ("levels", "recertification", "takes"): Renewing,
    ("levels", "recertification", "dependents"): Dependents,
    ("levels", "midway"): Midway,
}
_HIDDEN = frozenset({"images", "lines"})


def read_program(
    data: bytes, *, directory: Path | None = None, images: Mapping[str, bytes] | None = None
) -> ProgramDefinition:
    """The program that a YAML file defines, with its images read from below `directory`, or given as `images`.

    Raises ProgramRefused with every fault: line, path in the file, what is wrong, what would be right. Without either
    (an upload) a program cannot name images.
    """
    document = read_yaml(data)
    faults = list(document.faults)
    definition = None
    if document.data is not None:
        nothing = Fault(
            "line 1",
            sentence("this is no program"),
            sentence("begin with program: and name:, see `guildmark program new`"),
        )
        definition, more = read_model(document, ProgramDefinition, _PARTS, hidden=_HIDDEN, otherwise=nothing)
        faults += more
    found: dict[str, tuple[str, bytes]] = {}
    for index, level in enumerate(definition.levels if definition else ()):
        if level.image is not None:
            place = document.where(("levels", index, "image"))
            if images is None:
                read = read_image(level.image, directory, place)
            else:
                read = given_image(level.image, images, place)
            if isinstance(read, Fault):
                faults.append(read)
            else:
                found[level.level] = read
    if definition is not None:
        definition = definition.model_copy(update={"images": found, "lines": document.lines})
        faults += level_faults(definition) + link_faults(definition, own_links(definition), whole=False)
    else:
        for index, level in valid_items(document, "levels", LevelDefinition):
            where = ((document.written(("levels", index, *path)), what, right) for path, what, right in findings(level))
            faults += [Fault(document.where(path), what, right) for path, what, right in where]
    if faults or definition is None:
        raise ProgramRefused("The program", sorted(faults, key=line_of))
    return definition
