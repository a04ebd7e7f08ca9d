"""A level of a draft as it will be: published for a moment, awarded to somebody who does not exist, and not kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from issuer.awards import AwardRequest, Evidence
from issuer.issuers import Issuer, as_issuer, issuer_row
from issuer.level_words import asks, lasts
from issuer.program_definition import NUMERIC_RESULTS, ProgramDefinition, ResultRule
from issuer.programs import Achievement, catalogue_of, publish_program
from issuer.recertification.facts import LevelKey
from issuer.rehearsal import rehearse_award
from issuer.store import Database
from issuer.validity import today

NAME = "Ada Example"
ADDRESS = "ada@example.org"
_PLACE = "https://example.org/"


@dataclass(frozen=True, slots=True)
class LevelPreview:
    """The level as it would be published, its rules in sentences, and a credential of it without a signature."""

    issuer: Issuer
    achievement: Achievement
    asks: tuple[str, ...]
    lasts: tuple[str, ...]
    document: Mapping[str, Any]


class _NotKept(Exception):  # noqa: N818
    """Ends a transaction of which nothing is to be kept but the answer."""

    def __init__(self, previews: tuple[LevelPreview, ...]) -> None:
        super().__init__()
        self.previews = previews


def preview_program(
    db: Database, *, issuer: str | None, definition: ProgramDefinition, actor: str, now: datetime
) -> tuple[LevelPreview, ...]:
    """Every level of a definition, in order. Nothing is kept, and nothing signed.

    Raises what `issuer.programs.apply_program` raises (ProgramRefused, UnknownIssuer), and
    `credentials.problems.Unacceptable` for a level of which no valid credential could be made.
    """
    try:
        with db.write() as session:
            owner = issuer_row(session, issuer, lock=True)
            publish_program(session, owner, definition, actor=actor, now=now)
            catalogue, known = catalogue_of(session, owner), as_issuer(owner)
            names = {
                LevelKey(slug, level.level): level.name
                for slug, program in catalogue.programs.items()
                for level in program.levels
            }
            _keep_nothing(
                tuple(
                    LevelPreview(
                        issuer=known,
                        achievement=level,
                        asks=asks(level, names),
                        lasts=lasts(level),
                        document=rehearse_award(_example(level, now), level, known).document,
                    )
                    for level in catalogue.programs[definition.program].levels
                )
            )
    except _NotKept as rehearsed:
        return rehearsed.previews


def _keep_nothing(previews: tuple[LevelPreview, ...]) -> NoReturn:
    raise _NotKept(previews)


def _example(level: Achievement, now: datetime) -> AwardRequest:
    """Somebody earns it today, with all that is asked for, and just so."""
    return AwardRequest(
        name=NAME,
        email=ADDRESS,
        program=level.program,
        level=level.level,
        awarded_on=today(now, level.zone),
        evidence=tuple(Evidence(url=_PLACE + rule.id, name=rule.name, rule=rule.id) for rule in level.evidence),
        results=tuple((rule.id, _reached(rule)) for rule in level.results),
    )


def _reached(rule: ResultRule) -> str:
    """A value that fits: what passes, or else the most there is."""
    if rule.passing is not None:
        return rule.passing
    if rule.levels:
        return rule.levels[-1].id
    if rule.values:
        return rule.values[-1]
    if rule.type == "Status":
        return "Completed"
    if rule.max or rule.min:
        return rule.max or str(rule.min)
    return "100" if rule.type == "Percent" else "1" if rule.type in NUMERIC_RESULTS else "passed"
