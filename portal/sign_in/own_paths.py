"""Where somebody goes after signing in: only to a page of this server, whatever the address says."""

from __future__ import annotations

import re
from urllib.parse import quote

HOME = "/me"
"""Where somebody goes who did not say."""
_PATH = re.compile(
    r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,500}"
)  # one slash first; no backslash, space or control character
_DOOR = ("/sign-in", "/sign-out", "/signed-out")


def own_path(wanted: str | None) -> str:
    """`wanted` if it is the path of a page here, else HOME: never another site, and never the door itself."""
    if wanted is None or not _PATH.fullmatch(wanted) or wanted.startswith(_DOOR):
        return HOME
    return wanted


def sign_in_path(after: str) -> str:
    """The sign-in page, and where to go on from there."""
    return "/sign-in" if own_path(after) == HOME else f"/sign-in?next={quote(after, safe='/')}"
