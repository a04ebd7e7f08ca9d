"""Which names the levels have among an issuer's credential configurations, and what wallets are shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from credentials.proofs import data_integrity
from credentials.sentence import sentence
from issuer.addresses import achievement_image_url
from issuer.errors import NoSigningKey, UnknownCredential
from issuer.issuers import issuer_row
from issuer.programs import catalogue_of
from issuer.signing_keys import SigningKey, Use, active_key
from issuer.store import Database
from issuer.tables import AchievementRow, AwardRow, CredentialRow, IssuerRow, LevelRow, ProgramRow
from issuer.wallet_copies import CopyFormat
from wallet_export.oid4vci import configuration_id
from wallet_export.oid4vci_metadata import Offered

_USUAL_SUITE, _USUAL_ALGORITHM = "eddsa-rdfc-2022", "RS256"  # of an issuer that has no keys yet


@dataclass(frozen=True, slots=True)
class Offerings:
    """All that an issuer offers to wallets. `key` signs its metadata; None if it has none yet."""

    name: str
    did: str
    image: str
    levels: tuple[Offered, ...]
    key: SigningKey | None


def offerings(db: Database, issuer: str) -> Offerings:
    """Every level in use of this issuer, in its newest version. Raises UnknownIssuer."""
    with db.read() as session:
        owner = issuer_row(session, issuer)
        key, of_proofs = _key(session, owner, Use.JWT), _key(session, owner, Use.DATA_INTEGRITY)
        alg = key.public_key.algorithm.jose if key is not None else _USUAL_ALGORITHM
        suite = data_integrity.suite_for(of_proofs.public_key).name if of_proofs is not None else _USUAL_SUITE
        levels = tuple(
            Offered(
                name=level.name,
                description=str(level.content.get("description", "")),
                image=achievement_image_url(owner.base_url, level.public_id, level.version)
                if level.image_media_type
                else "",
                vct=f"{owner.base_url}/credential-types/{level.public_id}",
                formats={
                    one.value: (
                        configuration_id(program.slug, level.level, one.value),
                        suite if one is CopyFormat.LDP_VC else alg,
                    )
                    for one in CopyFormat
                },
            )
            for program in catalogue_of(session, owner).programs.values()
            for level in program.levels
        )
        profile = owner.profile
        picture = profile.get("image")
        image = str(picture.get("id", "")) if isinstance(picture, Mapping) else str(picture or "")
        return Offerings(str(profile.get("name", owner.slug)), owner.did, image, levels, key)


def configurations_of(session: Session, credential_id: UUID) -> dict[CopyFormat, str]:
    """The configuration of a credential in each format. Raises UnknownCredential for one that is of no level."""
    row = session.execute(
        select(ProgramRow.slug.label("program"), LevelRow.slug.label("level"))
        .select_from(CredentialRow)
        .join(AwardRow, AwardRow.id == CredentialRow.award_id)
        .join(AchievementRow, AchievementRow.id == func.coalesce(CredentialRow.achievement_id, AwardRow.achievement_id))
        .join(LevelRow, LevelRow.id == AchievementRow.level_id)
        .join(ProgramRow, ProgramRow.id == LevelRow.program_id)
        .where(CredentialRow.id == credential_id)
    ).one_or_none()
    if row is None:
        raise UnknownCredential(
            sentence(
                "the credential {credential_id} is of no level, so no wallet is offered it", credential_id=credential_id
            )
        )
    return names_of(row.program, row.level)


def names_of(program: str, level: str) -> dict[CopyFormat, str]:
    """The configurations of a level, by the short names of its program and itself."""
    return {one: configuration_id(program, level, one.value) for one in CopyFormat}


@dataclass(frozen=True, slots=True)
class Offerer:
    """An issuer as wallets reach it: its row, and the identifier by which its metadata is found."""

    row_id: int
    slug: str
    did: str
    base_url: str

    @property
    def identifier(self) -> str:
        """The credential issuer identifier (OpenID4VCI 1.0, section 12.2.1)."""
        return f"{self.base_url}/oid4vci/{self.slug}"


def offerer(db: Database, issuer: str | None) -> Offerer:
    """The issuer of that short name; None: the default one. Raises UnknownIssuer."""
    with db.read() as session:
        return _offerer(issuer_row(session, issuer))


def offerer_of_row(db: Database, row_id: int) -> Offerer:
    """The issuer of that row, which there is."""
    with db.read() as session:
        return _offerer(session.get_one(IssuerRow, row_id))


def offerer_of(db: Database, credential_id: UUID) -> Offerer:
    """Whose credential it is. Raises UnknownCredential."""
    with db.read() as session:
        owner = session.scalars(
            select(IssuerRow)
            .join(CredentialRow, CredentialRow.issuer_id == IssuerRow.id)
            .where(CredentialRow.id == credential_id)
        ).one_or_none()
        if owner is None:
            raise UnknownCredential(sentence("there is no credential {credential_id}", credential_id=credential_id))
        return _offerer(owner)


def _offerer(row: IssuerRow) -> Offerer:
    return Offerer(row.id, row.slug, row.did, row.base_url)


def _key(session: Session, owner: IssuerRow, use: Use) -> SigningKey | None:
    try:
        return active_key(session, owner, use)
    except NoSigningKey:
        return None
