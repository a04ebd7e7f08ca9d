"""The signed bytes of a credential, and of status lists, by one short question each.

It says what `issuer.published.document` says of them, without what that needs for everything else it knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import and_, bindparam, or_, select

from issuer.following import NEXT, NEXT_IS_ISSUED
from issuer.short_questions import Question, ShortQuestions
from issuer.tables import CredentialRow, IssuerRow, RenderingRow, StatusListRow

_RENDERING, _CREDENTIAL = RenderingRow.__table__.c, CredentialRow.__table__.c
_ISSUER, _LIST = IssuerRow.__table__.c, StatusListRow.__table__.c

_FORM = Question(
    select(_RENDERING.body, NEXT.c.id)
    .join_from(RenderingRow.__table__, CredentialRow.__table__, _CREDENTIAL.id == _RENDERING.credential_id)
    .join(IssuerRow.__table__, _ISSUER.id == _CREDENTIAL.issuer_id)
    .outerjoin(NEXT, and_(NEXT.c.replaces_id == _RENDERING.credential_id, *NEXT_IS_ISSUED))
    .where(
        _RENDERING.credential_id == bindparam("credential_id", type_=_CREDENTIAL.id.type),
        _RENDERING.format == bindparam("form", type_=_RENDERING.format.type),
        _ISSUER.base_url == bindparam("base_url", type_=_ISSUER.base_url.type),
        _CREDENTIAL.state == "issued",
    )
)
_FORMS = Question(
    select(_RENDERING.format, _RENDERING.body)
    .join_from(RenderingRow.__table__, CredentialRow.__table__, _CREDENTIAL.id == _RENDERING.credential_id)
    .join(IssuerRow.__table__, _ISSUER.id == _CREDENTIAL.issuer_id)
    .where(
        _RENDERING.credential_id == bindparam("credential_id", type_=_CREDENTIAL.id.type),
        or_(_RENDERING.format == "json", _RENDERING.format == "jwt"),
        _ISSUER.base_url == bindparam("base_url", type_=_ISSUER.base_url.type),
        _CREDENTIAL.state == "issued",
    )
)
_LIST_BODY = Question(select(_LIST.body).where(_LIST.id == bindparam("list_id", type_=_LIST.id.type)))


class SignedForms:
    """Finds what was signed in one database. Threads may share it. `is_instant`: see `ShortQuestions`."""

    def __init__(self, questions: ShortQuestions) -> None:
        self._questions = questions
        self.is_instant = questions.is_instant

    def find(self, base_url: str, credential_id: UUID, form: str) -> bytes | None:
        """The bytes of an issued credential in that form (`json`, `jwt`), or None. Raises DatabaseUnreachable."""
        found = self.find_with_successor(base_url, credential_id, form)
        return found[0] if found is not None else None

    def find_with_successor(self, base_url: str, credential_id: UUID, form: str) -> tuple[bytes, UUID | None] | None:
        """Beside the bytes the id of the credential that came next, if one did. Raises DatabaseUnreachable."""
        row = self._questions.ask_one(_FORM, base_url=base_url, credential_id=credential_id, form=form)
        return (row[0], row[1]) if row is not None else None

    def all_of(self, base_url: str, credential_id: UUID) -> Mapping[str, bytes]:
        """The bytes of an issued credential in each form that it has (`json`, `jwt`). Raises DatabaseUnreachable."""
        return dict(self._questions.ask(_FORMS, base_url=base_url, credential_id=credential_id))

    def list_body(self, list_id: UUID) -> bytes | None:
        """The bytes of a status list as it was published last, or None. Raises DatabaseUnreachable."""
        row = self._questions.ask_one(_LIST_BODY, list_id=list_id)
        return row[0] if row is not None else None
