"""Rows by the hundred thousand, made by the server itself: of the oldest version, and of tables that came later."""

from __future__ import annotations

from psycopg import Connection, sql

_UUID = "CAST(lpad(to_hex({kind}), 8, '0') || '-0000-4000-8000-' || lpad(to_hex({number}), 12, '0') AS uuid)"
PERSON, AWARD, CREDENTIAL, LIST, MESSAGE, BULK = range(1, 7)
LIST_SIZE = 131_072
_AT = "'2026-01-01T00:00:00Z'"


def uuid(kind: int, number: str = "n") -> str:
    """The id of a thing of that kind by its number, as an expression."""
    return _UUID.format(kind=kind, number=number)


_BODY = (
    """convert_to('{"proof":[{"verificationMethod":"did:web:a#first"},{"verificationMethod":"did:web:a#other"}],"id":"'"""
    """ || n || '","words":"' || repeat(md5(n::text), 20) || '"}', 'UTF8')"""
)
_FEW = (
    f"INSERT INTO issuers (id, slug, did, base_url, is_default, profile, created_at) "
    f"VALUES (1, 'a', 'did:web:a', 'https://a.example', true, '{{}}', {_AT})",
    f"INSERT INTO programs (id, issuer_id, slug, name, time_zone, created_at) VALUES (1, 1, 'p', 'P', 'UTC', {_AT})",
    f"INSERT INTO levels (id, program_id, slug, position, public_id, in_use) "
    f"VALUES (1, 1, 'l', 0, {uuid(9, '1')}, true)",
    f"INSERT INTO achievements (id, level_id, version, ordinal, content, rules, content_digest, published_at) "
    f"VALUES (1, 1, '1', 1, '{{}}', '{{}}', 'd', {_AT})",
    "INSERT INTO signing_keys (id, issuer_id, key_uri, type, use, public_multikey, fragment, state, created_at) VALUES "
    f"(1, 1, 'k:1', 'Ed25519', 'data-integrity', 'z1', 'first', 'active', {_AT}), "
    f"(2, 1, 'k:2', 'P-256', 'data-integrity', 'z2', 'other', 'retired', {_AT})",
)
_MANY = (
    ("people (id, name, created_at)", f"{uuid(PERSON)}, 'Person ' || md5(n::text), {_AT}"),
    ("person_addresses (address, shown, person_id)", f"'p' || n || '@a.example', 'P' || n, {uuid(PERSON)}"),
    (
        "awards (id, issuer_id, person_id, achievement_id, awarded_on, source, decided_by, decided_at, idempotency_key,"
        " request_digest, request)",
        f"{uuid(AWARD)}, 1, {uuid(PERSON)}, 1, DATE '2020-01-01' + (n % 2000)::int, 'learning', 'person:1', {_AT}, "
        f"'award:' || n, md5(n::text), '{{}}'",
    ),
    (
        "credentials (id, issuer_id, award_id, state, document_id, formats, identity_salt, valid_from, valid_until,"
        " created_at, issued_at, revoked_at, revocation_reason)",
        f"{uuid(CREDENTIAL)}, 1, {uuid(AWARD)}, 'issued', 'https://a.example/credentials/' || n, '[]', '', {_AT}, "
        f"TIMESTAMPTZ {_AT} + n * interval '1 minute', {_AT}, {_AT}, "
        f"CASE WHEN n % 100 = 0 THEN TIMESTAMPTZ {_AT} END, CASE WHEN n % 100 = 0 THEN 'x' END",
    ),
    (
        "renderings (credential_id, format, media_type, body, signing_key_id)",
        f"{uuid(CREDENTIAL)}, 'json', 'application/vc', {_BODY}, 1",
    ),
    (
        "status_entries (credential_id, purpose, list_id, position)",
        f"{uuid(CREDENTIAL)}, 'revocation', {uuid(LIST, f'n / {LIST_SIZE}')}, n % {LIST_SIZE}",
    ),
    (
        "status_events (id, credential_id, list_id, position, change, bit, reason, actor, at, edition)",
        f"n, {uuid(CREDENTIAL)}, {uuid(LIST, f'n / {LIST_SIZE}')}, n % {LIST_SIZE}, "
        f"CASE WHEN n % 2 = 0 THEN 'revoked' ELSE 'reinstated' END, n % 2 = 0, 'x', 'person:1', {_AT}, 1",
    ),
    (
        "audit_events (sequence, at, actor, action, subject, details, previous, hash)",
        f"n, {_AT}, 'person:' || n % 1000, 'credential issued', 'credential:' || n, '{{}}', '', md5(n::text)",
    ),
)
_LATER = {
    "0002": (
        (
            "messages (id, issuer_id, recipient_id, address, subject, text, state, not_before, attempts,"
            " created_at, sent_at)",
            f"{uuid(MESSAGE)}, 1, {uuid(PERSON)}, 'p@a.example', 'Hello', 'Hello', 'sent', {_AT}, 1, {_AT}, {_AT}",
        ),
        (
            "memberships (person_id, kind, name, since)",
            f"{uuid(PERSON)}, 'team', 'team-' || n % 5000, DATE '2020-01-01'",
        ),
    ),
    "0007": (("provisioned_people (person_id, user_name)", f"{uuid(PERSON)}, 'u' || n"),),
    "0012": (("phone_passes (id, kind, credential_id, made_at)", f"{uuid(BULK)}, 'apple', {uuid(CREDENTIAL)}, {_AT}"),),
    "0018": (("log_entries (position, sequence, entry)", "n, n + 1, convert_to(md5(n::text), 'UTF8')"),),
}
_SETS = "UPDATE signing_keys SET further = true WHERE id = 2"


def fill(connection: Connection[tuple[object, ...]], rows: int) -> None:
    """A database of version 0001 gets so many people, awards, credentials, status entries, events of the trail…"""
    for statement in _FEW:
        connection.execute(statement.encode())
    lists = (
        "INSERT INTO status_lists (id, issuer_id, purpose, ordinal, size, next_sequence, permutation_key, is_open,"
        " edition)"
        f" SELECT {uuid(LIST)}, 1, 'revocation', n, {LIST_SIZE}, {LIST_SIZE}, '', false, 0"
        f" FROM generate_series(0, {rows // LIST_SIZE}) n"
    )
    connection.execute(lists.encode())
    for into, expressions in _MANY:
        _insert(connection, into, expressions, rows)
    connection.execute(b"UPDATE audit_head SET sequence = (SELECT max(sequence) FROM audit_events)")
    connection.execute(
        b"SELECT setval(pg_get_serial_sequence('status_events', 'id'), (SELECT max(id) FROM status_events))"
    )
    connection.execute(b"VACUUM (ANALYZE)")


def fill_later(connection: Connection[tuple[object, ...]], version: str, rows: int) -> None:
    """What came with that version; after 0015 the issuer signs with two keys, so that 0017 reads every credential."""
    for into, expressions in _LATER.get(version, ()):
        _insert(connection, into, expressions, rows)
        connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(into.partition(" ")[0])))
    if version == "0015":
        connection.execute(_SETS.encode())


def _insert(connection: Connection[tuple[object, ...]], into: str, expressions: str, rows: int) -> None:
    """Foreign keys are not looked at: what they would say is known, and a million looks take a minute."""
    with connection.transaction():
        connection.execute(b"SET LOCAL session_replication_role = replica")
        statement = f"INSERT INTO {into} SELECT {expressions} FROM generate_series(1, {rows}) n"
        connection.execute(statement.encode())
