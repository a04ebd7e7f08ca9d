"""How often somebody may try to sign in: enough for whoever forgot which address it was, and for an office at nine."""

from __future__ import annotations

from datetime import timedelta

from fastapi import Request
from starlette.responses import Response

from credentials.sentence import sentence
from issuer.sign_in.rates import Rate
from portal.sign_in.showing import show
from portal.sign_in.who import STRANGER

LINKS_TO_ADDRESS = Rate("link to address", 5, timedelta(minutes=15))
"""Mails to one address. Whoever asks for more is told the same as ever, and no mail is sent."""
LINKS_FROM_NETWORK = Rate("link from network", 60, timedelta(minutes=15))
"""Links asked for from one network address, for whomever."""
STARTS = Rate("start from network", 600, timedelta(minutes=15))
"""Sign-ins begun at the provider from one network address."""


def too_many(request: Request, rate: Rate) -> Response:
    """The answer to whoever tries too often."""
    response = show(
        request,
        "sign_in_refused.html",
        visitor=STRANGER,
        status=429,
        here="sign-in",
        title=sentence("Too many tries"),
        why=sentence("Too many people tried to sign in from your network in a short time. Wait some minutes."),
        link="",
    )
    response.headers["Retry-After"] = str(int(rate.every.total_seconds()))
    return response
