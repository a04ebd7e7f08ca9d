"""The predecessor that a credential names: where its exact bytes are, and their digest (VCDM 2.0, section 5.3).

The credential's own address speaks as whoever asks wants it, so the address of one form is named, whose bytes never
change. A predecessor that was issued as a JWT only is named by its JWT.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection
from hashlib import sha384
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from issuer.addresses import credential_url, rendering_url
from issuer.prepare import Predecessor
from issuer.tables import CredentialRow, IssuerRow, RenderingRow

SERVED_AS = {"json": "application/json", "jwt": "text/plain"}
"""The media type that the address of a form answers with."""


def predecessors_of(session: Session, credential_ids: Collection[UUID]) -> dict[UUID, Predecessor]:
    """By credential, the predecessor that it is to name; only those that have one."""
    rows = session.execute(
        select(CredentialRow.id, CredentialRow.replaces_id, RenderingRow.format, RenderingRow.body, IssuerRow.base_url)
        .join(RenderingRow, RenderingRow.credential_id == CredentialRow.replaces_id)
        .join(IssuerRow, IssuerRow.id == CredentialRow.issuer_id)
        .where(CredentialRow.id.in_(credential_ids), CredentialRow.replaces_id.is_not(None))
        .order_by(RenderingRow.format.desc())  # json after jwt: where there are both, json stays
    )
    return {
        row.id: Predecessor(
            rendering_url(credential_url(row.base_url, row.replaces_id), row.format),
            SERVED_AS[row.format],
            integrity(row.body),
        )
        for row in rows
    }


def integrity(body: bytes) -> str:
    """Integrity metadata of Subresource Integrity (W3C SRI, section 3.1): `sha384-` and the digest in base64."""
    return f"sha384-{b64encode(sha384(body).digest()).decode()}"
