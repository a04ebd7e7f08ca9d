"""The admin's pages, as the application takes them: those with a word in their address before those with an id."""

from __future__ import annotations

from typing import Final

from portal.admin import (
    award,
    award_list,
    changing,
    correcting,
    credentials,
    home,
    jobs,
    keys,
    messages,
    people,
    people_import,
    tokens,
    trail,
)

ADMIN: Final = (
    home,
    changing,
    correcting,
    credentials,
    award,
    award_list,
    people_import,
    people,
    jobs,
    messages,
    keys,
    tokens,
    trail,
)
