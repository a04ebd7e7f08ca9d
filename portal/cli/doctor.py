"""`guildmark doctor`: is all as it must be?"""

from __future__ import annotations

from typing import Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, clock, opened
from portal.cli.terminal import print_json, say


def doctor(
    everything: Annotated[
        bool, typer.Option("--all", help="Verify every signature, not only those of the newest credentials.")
    ] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Examine what is recorded: signatures, status lists, awards, successors, the audit trail; fonts and certificates.

    Nothing is changed.

    The exit status is 0 if all is as it must be, and 1 if not.
    """
    from issuer.doctor import SAMPLE, Examination, Health, examine
    from issuer.key_check import check_keys
    from portal.certificates.specimen import certificate_fault
    from portal.passes.health import pass_health
    from wallet_export.card_fonts import Fonts
    from wallet_export.card_scripts import ADVICE, SCRIPTS, missing_scripts

    with opened(home) as service:
        health = examine(service.database, now=clock(), sample=None if everything else SAMPLE)
        if service.keyring is not None:
            number, faults = check_keys(service.database, service.keyring)
            told = tuple(f"{one.key.verification_method}: {one.why}" for one in faults)
            health = Health((*health.examinations, Examination("keys that sign", f"{number} keys", told)))
        passes = pass_health(service.settings, clock())
        unset = certificate_fault(service.settings)
        template = service.settings.certificate_template
    missing = missing_scripts(Fonts())
    sound = health.sound and not unset and not any(one.fault for one in passes)
    if as_json:
        examinations = [
            {"name": one.name, "lookedAt": one.looked_at, "faults": list(one.faults)} for one in health.examinations
        ]
        fonts = {"missing": list(missing), "advice": ADVICE if missing else ""}
        wallets = [
            {"name": one.name, "lookedAt": one.looked_at, "fault": one.fault, "note": one.note} for one in passes
        ]
        print_json(
            {
                "sound": sound,
                "examinations": examinations,
                "fonts": fonts,
                "certificate": {"fault": unset},
                "passes": wallets,
            }
        )
    else:
        for one in health.examinations:
            say(f"{'ok' if one.sound else 'WRONG':<7} {one.name:<22} {one.looked_at}")
            for fault in one.faults:
                say(f"          {fault}")
        say(f"{'note' if missing else 'ok':<7} {'fonts':<22} {len(SCRIPTS) - len(missing)} of {len(SCRIPTS)} scripts")
        if missing:
            say(f"          The pictures of shared links leave out names in {', '.join(missing)}, and there are")
            say(f"          no certificates with them. {ADVICE}")
        say(f"{'WRONG' if unset else 'ok':<7} {'certificate':<22} {template or 'our own template'}")
        if unset:
            say(f"          {unset}")
        for wallet in passes:
            mark = "WRONG" if wallet.fault else "note" if wallet.note else "ok"
            say(f"{mark:<7} {wallet.name:<22} {wallet.looked_at}")
            if wallet.fault or wallet.note:
                say(f"          {wallet.fault or wallet.note}")
        say("All is as it must be." if sound else "Something is not as it must be.")
    if not sound:
        raise typer.Exit(1)
