"""Every route, and whom it is for: the table that `test_routes.py` walks. A route that is missing here fails there."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from issuer.sign_in.roles import Role


class For(Enum):
    """Whom a route is for, beside those that ask for a role."""

    EVERYBODY = "the same for all, whether signed in or not: it does not even ask"
    DOOR = "part of the door: it asks who is there, and takes everybody"
    MACHINES = "machines, which show a token or a signature of their own; or the operator's own machine"
    SIGNED_IN = "whoever is signed in"


TABLE: Mapping[For | Role, tuple[str, ...]] = {
    For.EVERYBODY: (
        "GET /",
        "GET /verify",
        "POST /verify",
        "POST /verify/row",
        "GET /verify/signs/{version}",
        "POST /api/verify",
        "GET /credentials/{credential_id}",
        "GET /credentials/{credential_id}/",
        "GET /credentials/{credential_id}.json",
        "GET /credentials/{credential_id}.jwt",
        "GET /credentials/{credential_id}.png",
        "GET /credentials/{credential_id}.svg",
        "GET /credentials/{credential_id}/qr.png",
        "GET /credentials/{credential_id}/qr.svg",
        "GET /credentials/{credential_id}/refresh",
        "POST /credentials/{credential_id}/refresh",
        "GET /.well-known/did.json",
        "GET /did.json",
        "GET /issuer",
        "GET /issuer/image",
        "GET /issuers/{slug}",
        "GET /issuers/{slug}/did.json",
        "GET /issuers/{slug}/image",
        "GET /status-lists/{list_id}",
        "GET /achievements/{achievement_id}",
        "GET /achievements/{achievement_id}/image",
        "GET /achievements/{achievement_id}/{version}",
        "GET /achievements/{achievement_id}/{version}/image",
        "GET /programs/{program}",
        "GET /issuers/{slug}/programs/{program}",
        "POST /vc-api/{instance_name}/credentials/verify",
        "POST /vc-api/{instance_name}/presentations/verify",
        "GET /healthz",
        "GET /readyz",
        "GET /docs",
        "GET /static/{digest}/{name}",
        "GET /favicon.ico",
        "GET /robots.txt",
    ),
    For.MACHINES: (
        "POST /vc-api/{instance_name}/credentials/issue",
        "POST /api/{instance_name}/proposals",
        "GET /api/{instance_name}/proposals/{proposal_id}",
        "POST /api/{instance_name}/proposals/{proposal_id}/assessments",
        "POST /api/{instance_name}/proposals/{proposal_id}/decision",
        "POST /api/{instance_name}/proposals/{proposal_id}/appeal",
        "POST /api/{instance_name}/bulks",
        "GET /api/{instance_name}/bulks/{bulk_id}",
        "POST /api/{instance_name}/bulks/{bulk_id}/cancel",
        "POST /api/{instance_name}/learning/{system}",
        "POST /xapi/{instance_name}/statements",
        "GET /outbox",
        "GET /outbox/{message_id}",
        "GET /outbox/{message_id}/mail.html",
        "GET /outbox/{message_id}/dates.ics",
    ),
    For.DOOR: (
        "GET /sign-in",
        "POST /sign-in",
        "GET /sign-in/sent",
        "GET /sign-in/link",
        "POST /sign-in/link",
        "GET /sign-in/provider",
        "GET /sign-in/return",
        "GET /signed-out",
    ),
    For.SIGNED_IN: (
        "GET /me/sessions",
        "POST /me/sessions/{session_id}/end",
        "POST /me/sessions/end-others",
        "POST /me/sessions/end-all",
        "POST /sign-out",
    ),
    Role.MANAGER: (),
    Role.ASSESSOR: (),
    Role.ADMIN: (),
    Role.AUDITOR: (),
}
