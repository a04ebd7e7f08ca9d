"""The mail that tells an admin what is asked for, or was done, with the keys. Pure; it allows nothing by itself."""

from __future__ import annotations

from issuer.messages.composing import single_line, text_of
from issuer.messages.draft import Draft, Entry, Section
from issuer.messages.mail_html import html_of
from issuer.messages.matters import Mail


def key_mail(*, issuer: str, base_url: str, reader: str, what: str, alone: bool = False) -> Mail:
    """`what` is one sentence. The link leads to the page, where one has to be signed in.

    alone: it was done already, by one person in an emergency; nobody is asked.
    """
    name = single_line(issuer)
    entry = Entry(
        heading=f"The keys of {name}",
        sentences=(
            what,
            "If you do not know of it, ask your colleague at once, by another way than mail."
            if alone
            else "If you do not know of it, ask your colleague before you allow anything, by another way than mail.",
        ),
        link_label="Look at it",
        link=f"{base_url}/admin/keys",
        urgent=True,
    )
    draft = Draft(
        subject=f"The keys of {name}: {'one person acted in an emergency' if alone else 'a second person is asked'}",
        issuer=name,
        base_url=base_url,
        greeting=f"Hello {single_line(reader)}," if reader.strip() else "Hello,",
        sections=(Section("", entries=(entry,)),),
        because=f"You get this mail because you are an admin of {name}, whose keys are changed by two people.",
    )
    return Mail(draft.subject, text_of(draft), html_of(draft), None)
