"""Teams and roles of the directory, and what groups are called over SCIM. Pure.

A group is a team of its name; `role:sre` is the role `sre`. A team whose own name begins like that is written with
`team:` before it, so every name means one thing.
"""

from __future__ import annotations

from issuer.plain_text import one_line

_KINDS = ("role", "team")


def read_group_name(shown: str) -> tuple[str, str]:
    """Kind (`team` or `role`) and name. Raises ValueError."""
    kind = _kind(shown)
    return (kind, one_line(shown.partition(":")[2])) if kind else ("team", one_line(shown))


def group_name(kind: str, name: str) -> str:
    """What a team or role is called; `read_group_name` is the inverse."""
    return name if kind == "team" and not _kind(name) else f"{kind}:{name}"


def _kind(shown: str) -> str:
    kind, colon, _ = shown.partition(":")
    return kind.strip().lower() if colon and kind.strip().lower() in _KINDS else ""
