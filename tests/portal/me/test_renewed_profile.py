"""A renewal and the profiles that told of the badge before: a fresh link in the mail, a word on the holder's pages.

It is completed in the first half hour of the year in Berlin, the program's zone; in UTC it is the year before still.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from urllib.parse import parse_qs, quote, unquote, urlsplit
from uuid import UUID

import vobject

from issuer.jobs.job import Parts
from issuer.succession.renew import renew
from issuer.succession.renewal_work import RenewalWish
from portal.mail.deliver import Mailing, Run
from portal.mail.smtp import Connection, MailServer
from portal.worker import all_jobs
from tests.issuer.messages.smtp_server import Inbox, serving
from tests.portal.me.conftest import ANA, Workshop, words
from tests.portal.me.test_sharing import choose

NEW_YEAR = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
MONDAY = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
COMPANY_AT_LINKEDIN = 1234567


def renewed(workshop: Workshop) -> UUID:
    """Ana's badge, renewed at the year's turn: the id of the new one."""
    workshop.clock.now = NEW_YEAR
    assert workshop.service.keyring is not None
    done = renew(
        workshop.db, workshop.service.keyring, wish=RenewalWish(workshop.badge, date(2027, 1, 1)), assessed=True,
        actor="test", now=NEW_YEAR, randomness=workshop.random.randbytes,
    )  # fmt: skip
    assert done.successor_id is not None
    return done.successor_id


def mailed(workshop: Workshop) -> EmailMessage:
    """What the worker's jobs write on Monday, as a mail server takes it."""
    settings = workshop.service.settings.model_copy(update={"linkedin_organization": COMPANY_AT_LINKEDIN})
    service = replace(workshop.service, settings=settings)
    bundling = next(one for one in all_jobs(service) if one.name == "bundle")
    bundling.run(Parts(workshop.db, service.keyring, lambda: MONDAY, workshop.random.randbytes, "w"), MONDAY, None)
    mailing = Mailing("badges@brightmoor.example", None, None, "UTC", service.base_url)
    with serving(Inbox()) as inbox:
        server = MailServer("127.0.0.1", inbox.port, "none", None, None, None)
        assert Run(workshop.db, mailing, lambda: Connection(server), MONDAY).all().sent >= 1
    return next(mail for mail in inbox.mails if mail["To"] == ANA)


def values_of(link: str) -> dict[str, str]:
    assert link.startswith("https://www.linkedin.com/profile/add?")
    return {name: value for name, (value,) in parse_qs(urlsplit(link).query, strict_parsing=True).items()}


def test_a_fresh_link_is_mailed_with_the_renewal(workshop: Workshop) -> None:
    new = renewed(workshop)
    mail = mailed(workshop)
    assert mail["Subject"] == "Your “Apprentice” is renewed"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    (link,) = re.findall(r"https://www\.linkedin\.com/\S+", text.get_content())
    assert values_of(link) == {
        "startTask": "CERTIFICATION_NAME",
        "name": "Apprentice",
        "organizationId": str(COMPANY_AT_LINKEDIN),
        "issueYear": "2027",
        "issueMonth": "1",
        "expirationYear": "2028",
        "expirationMonth": "1",
        "certUrl": f"{workshop.service.base_url}/credentials/{new}",
        "certId": str(new),
    }
    assert f'href="{html.escape(link)}"' in page.get_content().replace("\r\n", "\n")
    assert "N%C3%BA%C3%B1ez" not in link, "it says nothing of its holder"


def test_whoever_closed_the_page_is_sent_no_link_to_show_it(workshop: Workshop) -> None:
    choose(workshop.signed_in(ANA), workshop, page="closed")
    renewed(workshop)
    text = mailed(workshop).get_body(("plain",))
    assert text is not None
    assert "linkedin.com" not in text.get_content()


def test_the_pages_say_that_profiles_tell_of_the_old_one(workshop: Workshop) -> None:
    old, new = workshop.badge, renewed(workshop)
    ana = workshop.signed_in(ANA)
    page = ana.get(f"/me/credentials/{old}").text
    assert "linkedin.com" not in page, "its dates are over"
    assert f'href="/me/credentials/{new}">Take the newer one along</a>' in page
    page = ana.get(f"/me/credentials/{new}").text
    assert "This one took the place of an earlier one. LinkedIn adds entries and changes none" in words(page)
    (link,) = re.findall(r'href="(https://www\.linkedin\.com/profile/[^"]*)"', page)
    values = values_of(html.unescape(link))
    assert (values["issueYear"], values["issueMonth"], values["expirationYear"]) == ("2027", "1", "2028")
    assert values["certUrl"].endswith(str(new))


def test_a_badge_is_told_of_without_scripts_of_others(workshop: Workshop) -> None:
    answer = workshop.signed_in(ANA).get(f"/me/credentials/{workshop.badge}")
    page, url = html.unescape(answer.text), f"{workshop.service.base_url}/credentials/{workshop.badge}"
    assert f"https://www.linkedin.com/sharing/share-offsite/?url={quote(url, safe='')}" in page
    (letter,) = re.findall(r'href="(mailto:[^"]*)"', page)
    asked = {name: unquote(value) for name, _, value in (one.partition("=") for one in letter[8:].split("&"))}
    assert asked["subject"] == "My badge “Apprentice”"
    assert asked["body"].endswith(f"sees it verified at that moment: {url}")
    assert "+" not in letter, "mail programs take a plus for a plus"
    assert f'src="/credentials/{workshop.badge}/embed"' in page, "the embedded badge, as it looks"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert policy.endswith("frame-src 'self'")


def test_a_contact_card_leads_to_the_badge(workshop: Workshop) -> None:
    ana, ben = workshop.signed_in(ANA), workshop.signed_in("ben@brightmoor.example")
    own = f"/me/credentials/{workshop.badge}/vcard"
    answer = ana.get(f"{own}/3.0", **{"Accept-Language": "de"})
    assert answer.headers["content-type"] == "text/vcard; charset=utf-8"
    assert re.search(r'^attachment; filename="apprentice-[0-9a-f]{8}\.vcf"$', answer.headers["content-disposition"])
    card = vobject.readOne(answer.text)
    assert (card.fn.value, card.n.value.family) == ("Ana Núñez", "Ana Núñez")
    assert card.note.value == "„Apprentice“, verliehen von Brightmoor Academy. Gültig bis 20. Januar 2027."
    assert card.url.value == f"{workshop.service.base_url}/credentials/{workshop.badge}"
    assert vobject.readOne(ana.get(f"{own}/4.0").text).version.value == "4.0"
    assert [ana.get(f"{own}/2.1").status_code, ben.get(f"{own}/4.0").status_code] == [404, 404]
