"""A user as a client wants him to be, read from a document in canonical form. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from issuer.awards import comparable
from issuer.people.provisioning.attributes import ENTERPRISE
from issuer.people.provisioning.reading import NAME_PARTS
from issuer.people.provisioning.refusals import NotProvisioned, Why
from issuer.plain_text import is_email_address, one_line


@dataclass(frozen=True, slots=True)
class Email:
    """An address as it was written, where it belongs to, and what is said of it being the main one."""

    value: str
    label: str | None
    main: bool | None


@dataclass(frozen=True, slots=True)
class WantedUser:
    """What is to be known of a person; the main address comes first. `manager` is an id, or another name of somebody.

    `of_company`: the document speaks of employee number, department and manager; otherwise they stay as they are.
    """

    user_name: str
    external_id: str | None
    display_name: str
    parts: Mapping[str, str]
    title: str | None
    user_type: str | None
    preferred_language: str | None
    time_zone: str | None
    active: bool
    emails: tuple[Email, ...]
    of_company: bool
    employee_number: str | None
    department: str | None
    manager: str | None

    @property
    def addresses(self) -> dict[str, Email]:
        """The addresses in the form that is compared."""
        return {comparable(one.value): one for one in self.emails}


def wanted_user(document: Mapping[str, Any]) -> WantedUser:
    """What the document wants. Raises NotProvisioned (invalidValue)."""
    user_name = _line(document, "userName")
    if user_name is None:
        raise NotProvisioned(Why.INVALID_VALUE, "A user needs a “userName”.")
    parts = {part: text for part in NAME_PARTS if (text := _line(document.get("name", {}), part))}
    whole = " ".join(parts[one] for one in ("givenName", "middleName", "familyName") if one in parts)
    work = document.get(ENTERPRISE, {})
    manager = work.get("manager")
    return WantedUser(
        user_name=user_name,
        external_id=_line(document, "externalId"),
        display_name=_line(document, "displayName") or parts.get("formatted") or whole or user_name,
        parts=parts,
        title=_line(document, "title"),
        user_type=_line(document, "userType"),
        preferred_language=_line(document, "preferredLanguage"),
        time_zone=_zone(_line(document, "timezone")),
        active=document.get("active", True),
        emails=_emails(document.get("emails", []), user_name),
        of_company=ENTERPRISE in document,
        employee_number=_line(work, "employeeNumber"),
        department=_line(work, "department"),
        manager=_line(manager, "value") if manager else None,
    )


def _line(document: Mapping[str, Any], name: str) -> str | None:
    text = document.get(name)
    if text is None:
        return None
    try:
        return one_line(text)
    except ValueError as error:
        raise NotProvisioned(Why.INVALID_VALUE, f"“{name}” cannot be taken: {error}.") from None


def _zone(name: str | None) -> str | None:
    if name is not None:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise NotProvisioned(Why.INVALID_VALUE, "“timezone” must be one like Europe/Berlin or UTC.") from None
    return name


def _emails(given: list[Mapping[str, Any]], user_name: str) -> tuple[Email, ...]:
    """The primary one first. Without any, a user name that is an address is it."""
    items = sorted(given, key=lambda one: not one.get("primary"))
    emails = [Email(one["value"], _line(one, "type"), one.get("primary")) for one in items] or [
        Email(user_name, None, None)
    ]
    for one in emails:
        if not is_email_address(one.value):
            what = "A user needs an e-mail address here" if not given else "A value of “emails” is no e-mail address"
            raise NotProvisioned(Why.INVALID_VALUE, f"{what}; map one to emails, like ana@example.org.")
    return tuple({comparable(one.value): one for one in reversed(emails)}.values())[::-1]
