"""The commands of `guildmark`: where each is, and what it does in a sentence, so that listing them imports none."""

from __future__ import annotations

import os
import textwrap
from typing import NamedTuple


class Command(NamedTuple):
    """`place` is the module below `portal.cli` and the function (or the group `app`) in it; `summary` its help."""

    place: str
    summary: str


COMMANDS = {
    "demo": Command("demo:demo", "Play two years of an example company, export badges, and verify every file again."),
    "init": Command("init:init", "Make a new installation: settings, database, an issuer and its signing keys."),
    "serve": Command("serve:serve", "Serve the public pages and the HTTP API of an installation."),
    "upgrade": Command(
        "upgrade:upgrade",
        "Bring the database to the version of this program, keeping what is in it; make a copy of it first.",
    ),
    "backup": Command(
        "backup:backup",
        "Copy an installation while it runs: database, sealed keys and settings, but never what unseals the keys.",
    ),
    "restore": Command(
        "restore:restore",
        "Bring a backup back in an empty place: no status place is given out twice, nothing goes back from revoked.",
    ),
    "program": Command("programs:app", "Define programs and their levels."),
    "issue": Command(
        "issue:issue", "Issue the awards of a CSV file, or one award; the same award is never issued twice."
    ),
    "resume": Command("issue:resume", "Finish what a crash left half done; what cannot be finished becomes void."),
    "people": Command("people:app", "The company's directory: who is who."),
    "assign": Command(
        "assignments:app",
        "Require a level of people, teams, roles or everyone, or suggest it: assign PROGRAM/LEVEL --to-team …",
    ),
    "due": Command("due:due", "Say what must be done until when and why, soonest first."),
    "credits": Command("credits:app", "Hours of continuing education that count towards renewing."),
    "mentors": Command("mentors:app", "Who accompanies whom in a program."),
    "endorsement": Command(
        "endorsements:app",
        "Endorsements of programs and levels by others: verified when they are added, and again when they are shown.",
    ),
    "propose": Command("proposals:propose", "Propose a person for a level; assessors or an officer decide."),
    "assess": Command("proposals:assess", "Record one assessor's scores."),
    "decide": Command(
        "proposals:decide", "Decide where the level asks for no assessors, or where they found no majority."
    ),
    "appeal": Command("proposals:appeal", "Appeal a decision: it is open again, for assessors who had no part in it."),
    "withdraw": Command("proposals:withdraw", "Withdraw a proposal, or an appeal: then the decision stands."),
    "assign-assessors": Command(
        "proposals:assign_assessors", "Ask people to assess a proposal; each is told once in a round."
    ),
    "proposals": Command("proposals:app", "Proposals: what is proposed, and its course."),
    "learning": Command("learning:app", "Learning systems that report what people completed."),
    "report": Command(
        "report:report", "Tell how programs fare: what ends, who passes, what is overdue; a quarter’s report as PDF."
    ),
    "list": Command("listing:list_", "List credentials, newest first, with their ids."),
    "export": Command(
        "credentials:export",
        "Write a credential as JSON, JWT, baked PNG and SVG, a certificate (PDF), its QR code, and a file for "
        "Europass.",
    ),
    "offer": Command("offers:app", "Offers of credentials to wallets: make one, list them, end one."),
    "verify": Command("verify:verify", "Verify credentials, in files, at addresses, or from standard input."),
    "derive": Command(
        "derive:derive", "Show only some of a credential: choose what, and write a file that anybody can verify."
    ),
    "bake": Command("images:bake", "Bake a signed credential into an image; one that is in there already is replaced."),
    "unbake": Command(
        "images:unbake", "Read the credential out of a baked image, exactly as it was baked; it is not verified."
    ),
    "qr": Command("images:qr", "Draw a QR code that scans from a screen or, with --millimetres, from paper."),
    "revoke": Command(
        "status:revoke", "Revoke a credential for good, or many; strangers see it at once, and the holders are told."
    ),
    "suspend": Command("status:suspend", "Suspend a credential until it is reinstated, or many."),
    "reinstate": Command("status:reinstate", "Make a suspended credential valid again, or many."),
    "status": Command(
        "status_messages:app",
        "What a credential's status tells besides being revoked or suspended: the issuer's message.",
    ),
    "renew": Command(
        "succession:renew",
        "Renew a credential for what its holder completed, or many; each successor names its predecessor.",
    ),
    "reissue": Command(
        "succession:reissue",
        "Correct what a credential says, or many do; the old one is revoked as superseded, and leads to the new one.",
    ),
    "erase": Command(
        "erase:erase",
        "Erase a person, for good: names, addresses, and what his credentials say; "
        "their status goes on being published.",
    ),
    "doctor": Command(
        "doctor:doctor",
        "Examine what is recorded: signatures, status lists, awards, successors, the audit trail; "
        "keys, mail, log, fonts and certificates.",
    ),
    "conformance": Command(
        "conformance:app",
        "Sign or verify one file with one given key, as conformance suites ask; no installation is needed.",
    ),
    "keys": Command(
        "keys:app",
        "Create, list, rotate and retire signing keys, alone or by two people, and say that one is compromised.",
    ),
    "log": Command(
        "log:app", "The transparency log: what was signed, where nothing can be taken back; ours and anybody’s."
    ),
    "lists": Command("lists:app", "Status lists: how large and how full they are, and how large new ones will be."),
    "tokens": Command("tokens:app", "Bearer tokens for the HTTP API."),
    "lti": Command("lti:app", "Learning platforms in whose courses levels stand (LTI 1.3)."),
    "webhooks": Command("webhooks:app", "Other systems that are told what happens to credentials."),
    "admin": Command("admin:app", "Who may do what in the portal: give roles, take them away, sign people out."),
    "audit": Command("audit:app", "The audit trail: list it, verify it."),
    "worker": Command(
        "worker:worker",
        "Do the jobs: send mail, issue bulks, publish status lists, remind, escalate; until it is stopped.",
    ),
    "jobs": Command("jobs:app", "Work that runs by itself: list it, run it."),
    "bulk": Command("bulk:app", "Work in the background, like `guildmark issue --background`."),
    "messages": Command("messages:app", "Mail to people: what waits, what went out, what failed."),
}
"""All commands, in the order in which they are listed."""

PURPOSE = "Issue, verify and export Open Badges 3.0 for a company's certification programs."
_WIDEST = 100
_OPTIONS = {
    "--version": "Show the version and exit.",
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Show completion for the current shell, to copy it or customize the installation.",
    "-h, --help": "Show this message and exit.",
}


def overview() -> str:
    """The answer to `guildmark --help`, as wide as the terminal but not wider than a page."""
    width = _width()
    parts = [
        "Usage: guildmark [OPTIONS] COMMAND [ARGS]...",
        textwrap.fill(PURPOSE, width, initial_indent="  ", subsequent_indent="  "),
        "Options:\n" + _columns(_OPTIONS, width),
        "Commands:\n" + _columns({name: command.summary for name, command in COMMANDS.items()}, width),
    ]
    return "\n\n".join(parts) + "\n"


def _width() -> int:
    try:
        return min(os.get_terminal_size().columns, _WIDEST)
    except OSError:  # no terminal
        return _WIDEST


def _columns(rows: dict[str, str], width: int) -> str:
    """The rows beneath each other, what they say wrapped in a column of its own."""
    left = max(map(len, rows)) + 4
    return "\n".join(
        textwrap.fill(text, width, initial_indent=f"  {name}".ljust(left), subsequent_indent=" " * left)
        for name, text in rows.items()
    )
