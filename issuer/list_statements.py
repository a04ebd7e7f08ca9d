"""The statements that publishing a list is made of, built once: building one anew costs three times its execution.

All are Core statements, for `session.connection().execute(…)`; each takes `list_id`, but the last `of_list`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    and_,
    bindparam,
    func,
    inspect,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from credentials.status_list import MESSAGE, REFRESH, REVOCATION, SUSPENSION
from issuer.signing_keys import KeyState, Use
from issuer.tables import CredentialRow, IssuerRow, SigningKeyRow, StatusEntryRow, StatusEventRow, StatusListRow


def _table(row: type[Any]) -> Table:
    return cast(Table, inspect(row).local_table)


_lists, _issuers, _keys, _credentials, _entries, _events = (
    _table(row).c for row in (StatusListRow, IssuerRow, SigningKeyRow, CredentialRow, StatusEntryRow, StatusEventRow)
)
_LIST_ID: ColumnElement[Any] = bindparam("list_id", type_=_lists.id.type)
_FACTS = {REVOCATION: _credentials.revoked_at, SUSPENSION: _credentials.suspended_at}
_TOLD = (REFRESH, MESSAGE)

LIST = (
    select(
        _lists.id,
        _lists.issuer_id,
        _lists.purpose,
        _lists.size,
        _lists.value_size,
        _lists.edition,
        _lists.body,
        _issuers.base_url,
        _issuers.did,
        _keys.id.label("key_id"),
        _keys.key_uri,
        _keys.public_multikey,
        _keys.fragment.label("key_fragment"),
    )
    .join_from(_table(StatusListRow), _table(IssuerRow), _issuers.id == _lists.issuer_id)
    .outerjoin(
        _table(SigningKeyRow),
        and_(
            _keys.issuer_id == _lists.issuer_id,
            _keys.use == Use.DATA_INTEGRITY.value,
            _keys.state == KeyState.ACTIVE.value,
            ~_keys.further,
        ),
    )
    .where(_lists.id == _LIST_ID)
)
"""The members of `list_editions.PublishedList`, with those of the key that signs now, or null."""

LOCKED_LIST = LIST.with_for_update(key_share=True, of=_table(StatusListRow))
"""The same, with the list's row held until the commit."""

WAITING: Mapping[str, Select[Any]] = {
    purpose: (
        select(
            _events.id,
            _events.position,
            said.label("value"),
            fact.label("fact"),
            _entries.position.label("given"),
        )
        .join_from(_table(StatusEventRow), _table(CredentialRow), _credentials.id == _events.credential_id)
        .outerjoin(
            _table(StatusEntryRow),
            and_(
                _entries.credential_id == _events.credential_id,
                _entries.purpose == purpose,
                _entries.list_id == _events.list_id,
            ),
        )
        .where(_events.list_id == _LIST_ID, _events.edition.is_(None))
        .order_by(_events.id)
    )
    for purpose, said, fact in (
        *((purpose, _events.bit, fact.is_not(None)) for purpose, fact in _FACTS.items()),
        *((purpose, _events.value, _entries.value) for purpose in _TOLD),
    )
}
"""By purpose: the events of a list without an edition, what its rows say now, and the index that was given.

Events and rows are read in one statement, so that they are of one moment: while this runs, others record.
"""

# From the few that are revoked to their entries, for each of which there is an index; the databases would rather go
# through all ten million entries of the list, and look each up, if they saw a column here that they have an index for.
_OF_THE_LIST = func.coalesce(_entries.list_id, _entries.list_id) == _LIST_ID

MEANT: Mapping[str, Select[Any]] = {
    purpose: select(_entries.position, literal(1)).where(
        _OF_THE_LIST,
        _entries.purpose == purpose,
        _entries.credential_id.in_(select(_credentials.id).where(fact.is_not(None))),
    )
    for purpose, fact in _FACTS.items()
} | {
    purpose: select(_entries.position, _entries.value).where(_entries.list_id == _LIST_ID, _entries.value != 0)
    for purpose in _TOLD
}
"""By purpose: the indexes of all credentials whose rows say that they are revoked, or suspended, or that something is
told of them; and the value there."""

EDITION_OF = select(func.count() - func.count(_events.edition), func.max(_events.edition)).where(
    _events.id.in_(bindparam("events", expanding=True))
)
"""Of these events: how many wait, and the newest edition that carries one of them."""

NEXT_EDITION = (
    update(_table(StatusListRow))
    .where(_lists.id == _LIST_ID)
    .values(
        edition=bindparam("next_edition"),
        media_type=bindparam("media_type"),
        body=bindparam("body"),
        published_at=bindparam("published_at"),
        valid_until=bindparam("valid_until"),
        signing_key_id=bindparam("signing_key_id"),
    )
)
# SQLAlchemy leaves table names out of SQLite's RETURNING, also where only they tell an inner column from an outer one.
# There a column has no affinity, so that SQLite finds no row by `id = column` but by looking at all; `id IN (column)`
# goes through the index.
_CREDENTIAL_OF_EVENT: ColumnElement[Any] = literal_column("status_events.credential_id")
_LIST_OF_EVENT: ColumnElement[Any] = literal_column("status_events.list_id")

CARRIED: Mapping[str, ReturningUpdate[Any]] = {
    purpose: (
        update(_table(StatusEventRow))
        .where(_events.list_id == bindparam("of_list", type_=_lists.id.type), _events.edition.is_(None))
        .values(edition=bindparam("in_edition"))
        .returning(
            _events.id,
            _events.position,
            said.label("value"),
            fact.label("fact"),
            select(_entries.position)
            .where(
                _entries.credential_id.in_([_CREDENTIAL_OF_EVENT]),
                _entries.purpose == purpose,
                _entries.list_id == _LIST_OF_EVENT,
            )
            .scalar_subquery()
            .label("given"),
        )
    )
    for purpose, said, fact in (
        *(
            (
                purpose,
                _events.bit,
                select(fact.is_not(None)).where(_credentials.id.in_([_CREDENTIAL_OF_EVENT])).scalar_subquery(),
            )
            for purpose, fact in _FACTS.items()
        ),
        *(
            (
                purpose,
                _events.value,
                select(_entries.value)
                .where(_entries.credential_id.in_([_CREDENTIAL_OF_EVENT]), _entries.purpose == purpose)
                .scalar_subquery(),
            )
            for purpose in _TOLD
        ),
    )
}
"""`WAITING`, in any order, of the events of `of_list`; from now on `in_edition` carries them."""
