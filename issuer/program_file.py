"""A program's YAML file, read: either a whole ProgramDefinition with its images, or every fault at once."""

from __future__ import annotations

from pathlib import Path

from issuer.errors import Fault, ProgramRefused
from issuer.program_definition import (
    Criteria,
    LevelDefinition,
    ProgramDefinition,
    ResultRule,
    RubricLevel,
    Skill,
)
from issuer.program_yaml import read_yaml
from issuer.yaml_model import Parts, read_image, read_model

_PARTS: Parts = {
    (): ProgramDefinition,
    ("levels",): LevelDefinition,
    ("levels", "criteria"): Criteria,
    ("levels", "skills"): Skill,
    ("levels", "results"): ResultRule,
    ("levels", "results", "levels"): RubricLevel,
}
_HIDDEN = frozenset({"images"})


def read_program(data: bytes, *, directory: Path | None = None) -> ProgramDefinition:
    """The program that a YAML file defines, with its images read from below `directory`.

    Raises ProgramRefused with every fault: line, path in the file, what is wrong, what would be right. Without a
    directory (an upload) a program cannot name images.
    """
    document = read_yaml(data)
    faults = list(document.faults)
    definition = None
    if document.data is not None:
        nothing = Fault("line 1", "this is no program", "begin with program: and name:, see examples/program.yaml")
        definition, more = read_model(document, ProgramDefinition, _PARTS, hidden=_HIDDEN, otherwise=nothing)
        faults += more
    images: dict[str, tuple[str, bytes]] = {}
    for index, level in enumerate(definition.levels if definition else ()):
        if level.image is not None:
            read = read_image(level.image, directory, document.where(("levels", index, "image")))
            if isinstance(read, Fault):
                faults.append(read)
            else:
                images[level.level] = read
    if faults or definition is None:
        raise ProgramRefused("The program", faults)
    return definition.model_copy(update={"images": images})
