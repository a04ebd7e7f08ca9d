"""The sentences of a mail: for every kind of notice, what is told to whom it is about, and what to others. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from credentials.sentence import day_words
from issuer.messages.draft import Entry
from issuer.messages.matters import Matter
from issuer.messages.notices import Kind
from wallet_export.oid4vci import link_by_reference


def distance(value: date, today: date) -> str:
    """How far a day is from today: “in 30 days”, “tomorrow”, “today”, “12 days ago”."""
    days = (value - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return near.get(days) or (f"in {days} days" if days > 0 else f"{-days} days ago")


def overdue(matter: Matter, today: date) -> bool:
    """Whether its date has passed and it still wants doing."""
    if matter.kind in {Kind.ESCALATED_TO_MANAGER, Kind.ESCALATED_TO_OWNER, Kind.LAPSED}:
        return True
    return matter.kind in ASKING and matter.until is not None and matter.until < today


ASKING = frozenset({Kind.ASSIGNED, Kind.WINDOW_OPENS, Kind.REMINDER, Kind.EXPIRED, Kind.DEPENDENT})
"""The kinds that ask the reader to do something until a day."""


def to_oneself(matter: Matter, today: date) -> Entry:
    """What is told to whom it is about."""
    heading, sentences = _OWN[matter.kind](matter, today)
    label = "Open your credential" if matter.kind in _NEWS_OF_CREDENTIAL else "Open its page"
    if matter.credential_id is None:
        label = "See what it asks for"
    kept = tuple(sentence for sentence in sentences if sentence)
    urgent = overdue(matter, today) or matter.kind is Kind.REVOKED
    return Entry(heading, kept, label, matter.link, urgent, (*_into_a_profile(matter), *_into_a_wallet(matter)))


def about_another(matter: Matter, today: date) -> str:
    """The line in which it is told to a manager, an owner or a mentor, below the person's name."""
    level = f"“{matter.level}”"
    since = f" {day_words(matter.until)}" if matter.until else ""
    late = f", {distance(matter.until, today)}" if matter.until else ""
    match matter.kind:
        case Kind.ESCALATED_TO_MANAGER | Kind.ESCALATED_TO_OWNER | Kind.REMINDER if matter.until and (
            matter.until < today
        ):
            line = f"{level} was due on{since}{late}"
        case Kind.ESCALATED_TO_MANAGER | Kind.ESCALATED_TO_OWNER:
            line = f"{level} has passed its date"
        case Kind.REMINDER | Kind.WINDOW_OPENS | Kind.ASSIGNED if matter.until:
            line = f"{level} is due on{since}{late}"
        case Kind.EXPIRED if matter.expires_on:
            line = f"{level} expired on {day_words(matter.expires_on)}"
        case Kind.DECIDED:
            line = f"{level}: {matter.decision or 'decided'}"
        case _:
            line = f"{level} {_HAPPENED[matter.kind]}"
    line += f" ({matter.why})" if matter.why else ""
    return line + (f": {matter.reason.rstrip('.')}" if matter.reason else "") + "."


_HAPPENED = {
    Kind.ISSUED: "was awarded",
    Kind.RENEWED: "was renewed",
    Kind.REISSUED: "was corrected",
    Kind.REVOKED: "was revoked",
    Kind.SUSPENDED: "was suspended",
    Kind.REINSTATED: "is valid again",
    Kind.ASSIGNED: "was assigned",
    Kind.WINDOW_OPENS: "can be renewed",
    Kind.REMINDER: "is due",
    Kind.EXPIRED: "has expired",
    Kind.LAPSED: "has lapsed: it is to be earned anew",
    Kind.DEPENDENT: "is touched by a lapse",
    Kind.ASSESSMENT_WANTED: "is to be assessed",
}
_NEWS_OF_CREDENTIAL = {Kind.ISSUED, Kind.RENEWED, Kind.REISSUED, Kind.REINSTATED}
_FOR_WALLETS = {Kind.ISSUED, Kind.RENEWED, Kind.REISSUED}

_Words = tuple[str, tuple[str, ...]]


def _why(matter: Matter) -> str:
    if matter.why:
        return f"Why: {matter.why.rstrip('.')}."
    return "It is required of you." if matter.required else ""


def _reason(matter: Matter) -> str:
    return f"The reason given: “{matter.reason.rstrip('.')}”." if matter.reason else ""


def _of(matter: Matter) -> str:
    return f" of the program “{matter.program}”" if matter.program else ""


def _validity(matter: Matter) -> str:
    return f"It is valid until {day_words(matter.expires_on)}." if matter.expires_on else "It does not expire."


def _into_a_profile(matter: Matter) -> tuple[tuple[str, str], ...]:
    """LinkedIn adds an entry and changes none: so the link is for the new one, and the holder takes out the old."""
    if matter.profile is None:
        return ()
    return (("On LinkedIn: add it with its new dates, then delete the entry of the old one", matter.profile),)


def _into_a_wallet(matter: Matter) -> tuple[tuple[str, str], ...]:
    """Where a wallet finds what it may ask the holder for, and the page with the code of it.

    Neither holds a secret or says whose it is: the wallet leads its owner to our sign-in (docs/adr/0036).
    """
    page = f"/credentials/{matter.credential_id}"
    if matter.kind not in _FOR_WALLETS or matter.link is None or not matter.link.endswith(page):
        return ()
    base_url = matter.link.removesuffix(page)
    offer = link_by_reference(f"{base_url}/wallet-offers/{matter.credential_id}")
    return (
        ("On a phone with a wallet: add it there, and sign in when the wallet asks", offer),
        ("On another device: show the code for the wallet", f"{base_url}/me{page}/wallet"),
    )


def _issued(matter: Matter, _: date) -> _Words:
    return f"You earned “{matter.level}”", (
        f"Your credential for this level{_of(matter)} is signed. {_validity(matter)}",
        "Its page proves it to anyone you give the link to, and has it as a file and as an image for you to keep.",
    )


def _renewed(matter: Matter, _: date) -> _Words:
    return f"Your “{matter.level}” is renewed", (
        f"There is a new credential. {_validity(matter)}",
        "The page of the old one leads to it.",
    )


def _reissued(matter: Matter, _: date) -> _Words:
    return f"Your “{matter.level}” was corrected", (
        "A corrected credential takes the place of the old one, which is revoked as superseded. "
        "Please use the new one from now on.",
        _reason(matter),
    )


def _appeal(matter: Matter) -> str:
    return f"If you think that this is wrong, turn to the owner of the program “{matter.program}”."


def _revoked(matter: Matter, _: date) -> _Words:
    return f"Your “{matter.level}” was revoked", (
        "It no longer holds, and anyone who checks it is told so.",
        _reason(matter),
        _appeal(matter),
    )


def _suspended(matter: Matter, _: date) -> _Words:
    return f"Your “{matter.level}” is suspended", (
        "Until it is reinstated, anyone who checks it is told that it does not hold.",
        _reason(matter),
        _appeal(matter),
    )


def _reinstated(matter: Matter, _: date) -> _Words:
    return f"Your “{matter.level}” is valid again", (
        "Its suspension has ended, and anyone who checks it is told that it holds.",
        _reason(matter),
    )


def _assigned(matter: Matter, today: date) -> _Words:
    if not matter.required and matter.until is None:
        return f"“{matter.level}” is suggested to you", (
            f"It is a level{_of(matter)}." if matter.program else "",
            _why(matter),
            "It has no date, and nobody is told if you leave it.",
        )
    until = f"Earn it by {day_words(matter.until)} ({distance(matter.until, today)})." if matter.until else ""
    return f"“{matter.level}” is required of you", (f"It is a level{_of(matter)}. {until}".strip(), _why(matter))


def _takes(matter: Matter) -> str:
    return f"What renewing takes: {matter.takes.rstrip('.')}." if matter.takes else ""


def _window_opens(matter: Matter, today: date) -> _Words:
    until = f"Renew it by {day_words(matter.until)} ({distance(matter.until, today)})." if matter.until else ""
    expires = f"It is valid until {day_words(matter.expires_on)}." if matter.expires_on else ""
    return f"You can renew “{matter.level}” from now on", (
        f"{expires} {until}".strip(),
        _takes(matter),
        _why(matter),
    )


def _reminder(matter: Matter, today: date) -> _Words:
    verb = "Renew" if matter.credential_id is not None else "Earn"
    if matter.until is None:
        return f"{verb} “{matter.level}”", (_takes(matter), _why(matter))
    late = matter.until < today
    heading = (
        f"“{matter.level}” was due on {day_words(matter.until)}"
        if late
        else f"{verb} “{matter.level}” by {day_words(matter.until)}"
    )
    left = (
        f"That was {distance(matter.until, today)}; please see to it now."
        if late
        else f"That is {distance(matter.until, today)}."
    )
    expires = ""
    if matter.credential_id is not None and matter.expires_on is not None:
        tense = "was" if matter.expires_on < today else "is"
        expires = f"Your present credential {tense} valid until {day_words(matter.expires_on)}."
    return heading, (f"{left} {expires}".strip(), _takes(matter), _why(matter))


def _expired(matter: Matter, today: date) -> _Words:
    ended = f"It was valid until {day_words(matter.expires_on)}." if matter.expires_on else ""
    last = matter.lapses_on
    still = (
        f"You can still renew it until {day_words(last)} ({distance(last, today)})." if last and last >= today else ""
    )
    anew = "" if still else "To hold it again, earn it anew."
    return f"Your “{matter.level}” has expired", (
        f"{ended} {still}{anew}".strip(),
        _takes(matter) if still else "",
        _why(matter),
    )


def _lapsed(matter: Matter, _: date) -> _Words:
    ended = f"It expired on {day_words(matter.expires_on)}" if matter.expires_on else "It expired"
    over = (
        f", and the time to renew it ended on {day_words(matter.lapses_on)}"
        if matter.lapses_on
        else ", and can no longer be renewed"
    )
    return f"“{matter.level}” has lapsed", (f"{ended}{over}. To hold it again, earn it anew.", _why(matter))


def _dependent(matter: Matter, today: date) -> _Words:
    because = f"“{matter.because}”" if matter.because else "a level that it builds on"
    if not matter.again:
        return f"Your “{matter.level}” is suspended", (
            f"It builds on {because}, which you let lapse. Anyone who checks it is told that it does not hold.",
            f"It is reinstated when you hold {because} again.",
        )
    until = f" by {day_words(matter.until)} ({distance(matter.until, today)})" if matter.until else ""
    return f"“{matter.level}” is required of you again", (
        f"It builds on {because}, which you let lapse. Earn it again{until}.",
    )


def _decided(matter: Matter, _: date) -> _Words:
    reason = matter.reason.rstrip(".")
    return f"“{matter.level}”: {matter.decision or 'decided'}", (
        f"The decision on your proposal for this level{_of(matter)} is made.",
        f"How it was decided: {reason}." if reason else "",
        "You can appeal: other assessors then look at it anew." if matter.decision == "declined" else "",
    )


def _other(matter: Matter, today: date) -> _Words:
    return f"“{matter.level}”", (about_another(matter, today),)


_OWN: dict[Kind, Callable[[Matter, date], _Words]] = {
    **dict.fromkeys(Kind, _other),
    Kind.ISSUED: _issued,
    Kind.RENEWED: _renewed,
    Kind.REISSUED: _reissued,
    Kind.REVOKED: _revoked,
    Kind.SUSPENDED: _suspended,
    Kind.REINSTATED: _reinstated,
    Kind.ASSIGNED: _assigned,
    Kind.WINDOW_OPENS: _window_opens,
    Kind.REMINDER: _reminder,
    Kind.EXPIRED: _expired,
    Kind.LAPSED: _lapsed,
    Kind.DEPENDENT: _dependent,
    Kind.DECIDED: _decided,
}


def soonest(matter: Matter, today: date) -> tuple[bool, date]:
    """The order in which matters are told: what is overdue, then what is due soonest, then news."""
    dated = matter.until is not None and (matter.kind in ASKING or overdue(matter, today))
    return not overdue(matter, today), matter.until if dated and matter.until else date.max
