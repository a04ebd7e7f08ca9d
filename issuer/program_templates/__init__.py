"""Programs to begin with: commented YAML that can be applied as it stands and says where to change it."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files


class Template(StrEnum):
    """A ready-made program."""

    ONE_LEVEL = "one-level"
    TWO_TIERS = "two-tiers"
    RUBRIC = "rubric"


def template_text(template: Template) -> str:
    """The template's YAML."""
    return files(__name__).joinpath(f"{template}.yaml").read_text(encoding="utf-8")
