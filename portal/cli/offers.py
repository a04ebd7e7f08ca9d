"""`guildmark offer`: offers of credentials to wallets (OpenID4VCI 1.0)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, actor, clock, opened
from portal.cli.terminal import print_json, say

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    help="Offers of credentials to wallets: make one, list them, end one.",
)


class GivenFormat(StrEnum):
    """The formats of wallets."""

    LDP_VC = "ldp_vc"
    JWT_VC_JSON = "jwt_vc_json"
    SD_JWT = "dc+sd-jwt"


CredentialId = Annotated[UUID, typer.Argument(help="The credential's id, as `guildmark list` shows it.")]


@app.command()
def make(
    credential_id: CredentialId,
    minutes: Annotated[
        int, typer.Option(min=1, max=20_160, help="How long it can be redeemed; once, by whoever has it.")
    ] = 30,
    transaction_code: Annotated[
        bool, typer.Option(help="Ask for six digits that are told to the holder in another way.")
    ] = True,
    formats: Annotated[
        list[GivenFormat] | None, typer.Option("--format", help="Only in this format; can be given again.")
    ] = None,
    by_value: Annotated[bool, typer.Option(help="A link that holds the whole offer, not its address.")] = False,
    qr: Annotated[Path | None, typer.Option(help="Write its QR code as SVG into this file.")] = None,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Offer a credential to its holder's wallet: prints a link for the wallet. Whoever has both may redeem it once."""
    from issuer.offers.configurations import offerer_of
    from issuer.offers.offers import end_offer, make_offer
    from issuer.wallet_copies import CopyFormat
    from portal.oid4vci.offered import offer_address, offer_document
    from wallet_export.oid4vci import link_by_reference, link_by_value
    from wallet_export.qr import qr_svg

    with opened(home) as service:
        owner = offerer_of(service.database, credential_id)
        made = make_offer(
            service.database,
            credential_id=credential_id,
            formats=[CopyFormat(one.value) for one in formats or GivenFormat],
            life=timedelta(minutes=minutes),
            with_tx_code=transaction_code,
            actor=actor(),
            now=clock(),
            randomness=secrets.token_bytes,
        )
        link = link_by_reference(offer_address(owner, made.reference))
        if by_value:
            link = link_by_value(offer_document(owner, made, needs_tx_code=bool(made.tx_code)))
        try:
            if qr is not None:
                qr.write_bytes(qr_svg(link))
        except OSError:  # nobody was told of it
            end_offer(service.database, made.id, actor=actor(), now=clock())
            raise
    if as_json:
        document = {"id": str(made.id), "link": link, "expiresAt": made.expires_at.isoformat()}
        print_json({**document, **({"transactionCode": made.tx_code} if made.tx_code else {})})
        return
    say(link)
    if made.tx_code:
        say(f"Transaction code, to be told in another way: {made.tx_code}")
    say(f"Offer {made.id}, until {made.expires_at:%Y-%m-%d %H:%M} UTC.")


@app.command("list")
def list_(credential_id: CredentialId, home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """List the offers of a credential, newest first, and what became of them."""
    from issuer.offers.offers import offers_of

    with opened(home) as service:
        found = offers_of(service.database, credential_id, now=clock())
    if as_json:
        print_json(
            {
                "offers": [
                    {
                        "id": str(one.id),
                        "state": one.state,
                        "madeBy": one.created_by,
                        "madeAt": one.created_at.isoformat(),
                        "expiresAt": one.expires_at.isoformat(),
                    }
                    for one in found
                ]
            }
        )
        return
    for one in found:
        say(f"{one.id}  {one.state:<6} by {one.created_by}, {one.created_at:%Y-%m-%d %H:%M} UTC")
    if not found:
        say("It was never offered to a wallet: guildmark offer make")


@app.command()
def end(offer_id: Annotated[UUID, typer.Argument(help="The offer's id.")], home: Home = DEFAULT_HOME) -> None:
    """End an offer, so that nobody can redeem it."""
    from issuer.offers.offers import end_offer

    with opened(home) as service:
        ended = end_offer(service.database, offer_id, actor=actor(), now=clock())
    say("The offer has ended." if ended else "There is no such offer that could be redeemed.")
