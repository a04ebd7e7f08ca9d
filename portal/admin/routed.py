"""The admin's pages, as the application takes them: those with a word in their address before those with an id."""

from __future__ import annotations

from typing import Final

from portal.admin import (
    award,
    award_list,
    changing,
    compromised_keys,
    correcting,
    credentials,
    directory,
    duties,
    home,
    jobs,
    key_requests,
    keys,
    lti,
    lti_registering,
    messages,
    people,
    people_import,
    tokens,
    trail,
    webhooks,
)
from portal.admin.programs import beginning, changes, draft, editing, listing, previewing, writing
from portal.admin.reports import routes as reports

ADMIN: Final = (
    home,
    changing,
    correcting,
    credentials,
    award,
    award_list,
    people_import,
    directory,
    people,
    duties,
    jobs,
    messages,
    compromised_keys,
    key_requests,
    keys,
    tokens,
    trail,
    webhooks,
    lti,
    lti_registering,
    reports,
    beginning,
    draft,
    editing,
    writing,
    previewing,
    changes,
    listing,
)
