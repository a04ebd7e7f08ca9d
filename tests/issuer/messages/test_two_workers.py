"""Two workers with one queue and one mail server, on both databases."""

from __future__ import annotations

import pytest

from tests.issuer.messages.conftest import Company
from tests.issuer.messages.smtp_server import Inbox, serving
from tests.issuer.messages.test_smtp import queued, run
from tests.issuer.test_concurrency import at_once


@pytest.mark.slow
def test_two_workers_at_once_send_each_message_once(company: Company, house_url: str) -> None:
    queued(company, 12)
    with serving(Inbox()) as inbox:
        reports = at_once(house_url, [lambda db: run(db, inbox)] * 2)
    assert sum(report.sent for report in reports) == 12
    sent_to = [recipient for recipient, _ in inbox.taken]
    assert len(sent_to) == len(set(sent_to)) == 12
