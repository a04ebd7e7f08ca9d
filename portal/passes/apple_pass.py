"""The file of a pass for Apple Wallet, made anew each time that it is asked for."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from starlette.responses import Response

from issuer.phone_passes.changes import PhonePass
from issuer.phone_passes.passes import secret_of
from keys.keyring import Keyring
from portal.language.language import ENGLISH, LANGUAGES
from portal.passes.content import Made
from portal.passes.words import words_in
from portal.service import Service
from wallet_export.pkpass import MEDIA_TYPE, AppleIdentity, pass_json, pkpass, strings_file

WEB_SERVICE = "/apple-wallet"


def apple_pass(service: Service, keyring: Keyring, identity: AppleIdentity, found: PhonePass, made: Made) -> bytes:
    """The file. Phones ask a server of https alone for changes. Raises what the keyring raises."""
    level = made.content.level
    own = words_in(ENGLISH, level)
    document = pass_json(
        made.content,
        own,
        pass_type=identity.pass_type,
        team=identity.team,
        web_service=service.base_url + WEB_SERVICE if urlsplit(service.base_url).scheme == "https" else None,
        secret=secret_of(service.database, keyring, found.id),
    )
    translated = {f"{one.tag}.lproj/pass.strings": strings_file(own, words_in(one, level)) for one in LANGUAGES}
    files = {"pass.json": json.dumps(document, ensure_ascii=False).encode(), **translated, **made.pictures.files}
    return pkpass(files, identity)


def file_answer(body: bytes, name: str) -> Response:
    """The file as phones and browsers take it; name: plain letters, digits and hyphens."""
    return Response(
        body,
        media_type=MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}.pkpass"', "Cache-Control": "no-store"},
    )
