"""A letter to a mail: one subject, the same words as text and as HTML, and the due dates as a calendar. Pure.

What is about the reader comes first, the most urgent on top; then what he is to assess; then other people, each once
with everything about them, those who are overdue first. A program's owner reads them by program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from credentials.sentence import day_words
from issuer.messages.calendar import Due, feed, uid_of
from issuer.messages.draft import Draft, Group, Section
from issuer.messages.mail_html import html_of
from issuer.messages.matters import Letter, Mail, Matter
from issuer.messages.notices import AT_ONCE, Kind
from issuer.messages.wording import ASKING, about_another, overdue, soonest, to_oneself

_LONGEST_SUBJECT = 150
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_SPACES = re.compile(r"\s+")


def single_line(text: str) -> str:
    """`text` on one line, without characters that could end a header or turn the writing round."""
    return _SPACES.sub(" ", _CONTROL.sub(" ", text)).strip()


def compose(letter: Letter, now: datetime) -> Mail:
    """The mail that tells the letter's matters, of which there is at least one."""
    matters = tuple(_plain(matter) for matter in letter.matters)
    own = sorted((one for one in matters if not one.person), key=lambda one: _first_told(one, letter.today))
    wanted = [one for one in matters if one.person and one.kind is Kind.ASSESSMENT_WANTED]
    owned = [one for one in matters if one.person and one.kind is Kind.ESCALATED_TO_OWNER]
    others = [one for one in matters if one.person and one not in wanted and one not in owned]
    sections = [
        *([_for_yourself(own, letter.today)] if own else []),
        *([_to_assess(wanted)] if wanted else []),
        *([_people(others, letter.today)] if others else []),
        *_programs(owned, letter.today),
    ]
    draft = Draft(
        subject=_subject(own, wanted, others, owned, letter.today),
        issuer=single_line(letter.issuer),
        base_url=letter.base_url,
        greeting=f"Hello {single_line(letter.reader)}," if letter.reader.strip() else "Hello,",
        sections=tuple(_titled(sections)),
        because=_because(bool(own or wanted), bool(others), bool(owned), single_line(letter.issuer)),
    )
    return Mail(draft.subject, text_of(draft), html_of(draft), _calendar(own, letter, now))


def _first_told(matter: Matter, today: date) -> tuple[int, tuple[bool, date]]:
    """What is overdue stands first, then what was decided or done, then what has time."""
    order = soonest(matter, today)
    return 0 if overdue(matter, today) else 1 if matter.kind in AT_ONCE else 2, order


def _plain(matter: Matter) -> Matter:
    """The same with every word of people on one line."""
    names = ("level", "program", "person", "why", "reason", "takes", "decision", "because")
    plain: dict[str, Any] = {name: single_line(getattr(matter, name)) for name in names}
    if matter.person and not plain["person"]:
        plain["person"] = "Someone"
    return replace(matter, **plain)


def _for_yourself(own: Iterable[Matter], today: date) -> Section:
    return Section("For you", entries=tuple(to_oneself(matter, today) for matter in own))


def _to_assess(wanted: Iterable[Matter]) -> Section:
    groups = []
    for one in sorted(wanted, key=lambda one: (one.until or date.max, one.person)):
        until = f", by {day_words(one.until)}" if one.until else ""
        lines = [f"“{one.level}”{until}."]
        if one.link:
            lines.append(f"What the level asks for: {one.link}")
        if one.proposal:
            lines.append(f"What was handed in: guildmark proposals show {one.proposal}")
            lines.append(f"Score it: guildmark assess {one.proposal}")
        groups.append(Group(one.person, tuple(lines)))
    lead = "You are asked to score these candidates against the rubric of their level, without asking other assessors."
    return Section("To assess", lead, groups=tuple(groups))


def _people(others: Iterable[Matter], today: date) -> Section:
    groups = _by_person(others, today)
    late = sum(group.late for group in groups)
    lead = f"Overdue: {_count(late, 'person', 'people')}. Please see to it that they find the time." if late else ""
    return Section("People who report to you" if late else "About your people", lead, groups=groups)


def _programs(owned: Iterable[Matter], today: date) -> list[Section]:
    sections = []
    for program, some in groupby(sorted(owned, key=lambda one: one.program), key=lambda one: one.program):
        groups = _by_person(some, today)
        people = _count(len(groups), "person", "people")
        lead = f"A required level is past its date for {people}, and their managers know it for some time."
        sections.append(Section(f"Your program “{program}”", lead, groups=groups))
    return sections


def _by_person(matters: Iterable[Matter], today: date) -> tuple[Group, ...]:
    ordered = sorted(matters, key=lambda one: (one.person, str(one.person_id)))
    people = []
    for _, some in groupby(ordered, key=lambda one: (one.person, one.person_id)):
        told = sorted(some, key=lambda one: soonest(one, today))
        lines = tuple(dict.fromkeys(about_another(one, today) for one in told))
        people.append((soonest(told[0], today), Group(told[0].person, lines, overdue(told[0], today))))
    return tuple(group for _, group in sorted(people, key=lambda one: (one[0], one[1].name)))


def _titled(sections: list[Section]) -> list[Section]:
    """A mail with a single part about the reader needs no heading above it."""
    return [replace(sections[0], title="")] if len(sections) == 1 and sections[0].entries else sections


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _subject(own: list[Matter], wanted: list[Matter], others: list[Matter], owned: list[Matter], today: date) -> str:
    parts = []
    dated = [one for one in own if one.kind in ASKING and one.until is not None]
    news = [one for one in own if one not in dated]
    if len(news) == 1:
        parts.append(to_oneself(news[0], today).heading)
    elif news:
        parts.append(f"News of {len(news)} certifications")
    if len(dated) == 1:
        parts.append(to_oneself(dated[0], today).heading)
    elif dated:
        first = min(one.until for one in dated if one.until)
        parts.append(f"{len(dated)} certifications to see to, the first by {day_words(first)}")
    if wanted:
        parts.append(f"{_count(len(wanted), 'candidate', 'candidates')} to assess")
    late = {one.person_id for one in others if overdue(one, today)}
    if late:
        parts.append(f"{_count(len(late), 'person', 'people')} overdue with required certifications")
    elif others:
        parts.append(f"News of {_count(len({one.person_id for one in others}), 'person', 'people')} of yours")
    for program in sorted({one.program for one in owned}):
        people = len({one.person_id for one in owned if one.program == program})
        parts.append(f"{program}: {_count(people, 'person', 'people')} overdue with a required level")
    subject = single_line("; ".join(parts))
    return subject if len(subject) <= _LONGEST_SUBJECT else subject[: _LONGEST_SUBJECT - 1].rstrip() + "…"


def _because(own: bool, others: bool, owned: bool, issuer: str) -> str:
    roles = [
        *(["take part in its certification programs"] if own else []),
        *(["are told of the certifications of your people"] if others else []),
        *(["own one of its programs"] if owned else []),
    ]
    return f"You get this mail from {issuer} because you {', and '.join(roles)}. It was written by a machine."


def text_of(draft: Draft) -> str:
    """The draft as plain text."""
    blocks = [draft.greeting]
    for section in draft.sections:
        if section.title:
            blocks.append(f"{section.title}\n{'-' * len(section.title)}")
        if section.lead:
            blocks.append(section.lead)
        for entry in section.entries:
            links = [(entry.link_label, entry.link)] if entry.link else []
            link = [f"{label}: {target}" for label, target in (*links, *entry.more)]
            blocks.append("\n".join([f"* {entry.heading}", *(f"  {line}" for line in (*entry.sentences, *link))]))
        for group in section.groups:
            blocks.append("\n".join([group.name, *(f"  - {line}" for line in group.lines)]))
    blocks.append(f"-- \n{draft.issuer}\n{draft.base_url}\n\n{draft.because}")
    return "\n\n".join(blocks) + "\n"


def _calendar(own: list[Matter], letter: Letter, now: datetime) -> str | None:
    """The days until which the reader is asked for something, from today on; each duty once."""
    dues: dict[str, Due] = {}
    for matter in own:
        last = matter.lapses_on if matter.kind is Kind.EXPIRED else matter.until
        if last is None or last < letter.today or matter.kind not in ASKING or letter.reader_id is None:
            continue
        entry = to_oneself(matter, letter.today)
        uid = uid_of(letter.host, letter.reader_id, matter.level_key, matter.credential_id)
        verb = "Renew" if matter.credential_id is not None else "Earn"
        words = "\n".join(sentence for sentence in _lasting(entry.sentences))
        dues.setdefault(uid, Due(uid, last, f"{verb} “{matter.level}”", words, matter.link))
    return feed(dues.values(), now=now) if dues else None


def _lasting(sentences: Iterable[str]) -> Iterable[str]:
    """Sentences that are still true on another day than today's."""
    return (sentence for sentence in sentences if not re.search(r"\b(in \d+ days|today|tomorrow)\b", sentence))
