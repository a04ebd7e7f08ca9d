"""`guildmark doctor`: is all as it must be?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from portal.cli.installation import DEFAULT_HOME, AsJson, Home, clock, opened
from portal.cli.terminal import print_json, say

if TYPE_CHECKING:
    from issuer.doctor import Health


def doctor(
    everything: Annotated[
        bool, typer.Option("--all", help="Verify every signature, not only those of the newest credentials.")
    ] = False,
    home: Home = DEFAULT_HOME,
    as_json: AsJson = False,
) -> None:
    """Examine what is recorded: signatures, status lists, awards, successors, the audit trail; keys, mail,
    log, fonts and certificates.

    Nothing is changed.

    The exit status is 0 if all is as it must be, and 1 if not.
    """
    from issuer.doctor import SAMPLE, Examination, Health, examine
    from issuer.key_check import check_keys
    from portal.certificates.specimen import certificate_fault
    from portal.logs import log_sink
    from portal.mail.health import mail_health
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
        mail, (sink, log) = mail_health(service.settings, service.database), log_sink()
        unset = certificate_fault(service.settings)
        template = service.settings.certificate_template
    missing = missing_scripts(Fonts())
    sound = health.sound and not unset and not mail.fault and not log and not any(one.fault for one in passes)
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
                "mail": {"lookedAt": mail.looked_at, "fault": mail.fault, "note": mail.note},
                "log": {"lookedAt": sink, "fault": log},
            }
        )
    else:
        _tell(health)
        others = [
            ("fonts", f"{len(SCRIPTS) - len(missing)} of {len(SCRIPTS)} scripts", "", _fonts(missing)),
            ("certificate", template or "our own template", unset, ""),
            *((one.name, one.looked_at, one.fault, one.note) for one in passes),
            ("mail", *mail),
            ("log", sink, log, ""),
        ]
        for name, looked_at, fault, note in others:
            say(f"{'WRONG' if fault else 'note' if note else 'ok':<7} {name:<22} {looked_at}")
            for line in (fault or note).splitlines():
                say(f"          {line}")
        say("All is as it must be." if sound else "Something is not as it must be.")
    if not sound:
        raise typer.Exit(1)


def _tell(health: Health) -> None:
    for one in health.examinations:
        say(f"{'ok' if one.sound else 'WRONG':<7} {one.name:<22} {one.looked_at}")
        for fault in one.faults:
            say(f"          {fault}")


def _fonts(missing: Sequence[str]) -> str:
    from wallet_export.card_scripts import ADVICE

    if not missing:
        return ""
    return (
        f"The pictures of shared links leave out names in {', '.join(missing)}, and there are\n"
        f"no certificates with them. {ADVICE}"
    )
