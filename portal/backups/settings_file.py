"""The settings file as it may lie in a backup: without what opens the keys, those that lie beside it or others hold."""

from __future__ import annotations

import re
import tomllib

from portal.backups.manifest import BackupRefused

_UNSEALING = ("key_encryption_key", "passphrase", "pkcs11_pin", "vault_token")
_LINE = re.compile(rf"^\s*(?:{'|'.join(_UNSEALING)})\s*=.*$", re.MULTILINE)
_NOTE = "# (what opens keys stood here; it is not part of a backup)"


def without_secret(text: str) -> tuple[str, bool]:
    """The settings without the secret that stands in them, and whether one stood there.

    Raises BackupRefused if it cannot be taken out without touching anything else.
    """
    before = tomllib.loads(text)
    if not any(name in before for name in _UNSEALING):
        return text, False
    after = _LINE.sub(_NOTE, text)
    wanted = {name: value for name, value in before.items() if name not in _UNSEALING}
    try:
        fits = tomllib.loads(after) == wanted
    except tomllib.TOMLDecodeError:
        fits = False
    secrets = [str(before[name]) for name in _UNSEALING if name in before]
    if not fits or any(secret and secret in after for secret in secrets):
        raise BackupRefused(
            "what opens the keys stands in the settings file in a way that it cannot be left out of a backup; "
            "put it into a file of its own (key_encryption_key_file, passphrase_file, …) or into the environment"
        )
    return after, True
