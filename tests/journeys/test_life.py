"""The life of a certification on the command line: from the directory to a decision, a renewal, and what comes next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.journeys.conftest import Company

TODAY = datetime.now(UTC).date()

DIRECTORY = """\
name,email,employee_number,manager,function,teams,roles,time_zone,joined_on
Ana Núñez,ana@brightmoor.example,1,mia@brightmoor.example,Engineer,core,pilot,Europe/Berlin,2024-01-08
Ben Ito,ben@brightmoor.example,2,mia@brightmoor.example,Engineer,core,,Europe/Berlin,2020-01-08
Cleo Roy,cleo@brightmoor.example,3,mia@brightmoor.example,Reviewer,core,,Europe/Berlin,2020-01-08
Mia Lund,mia@brightmoor.example,4,,Head,core,,Europe/Berlin,2019-01-08
"""

PROGRAM = """\
program: flight
name: Flight
time_zone: Europe/Berlin
owner: mia@brightmoor.example
assign:
  - {level: ground, to: {role: pilot}, required: within 30 days of joining}
levels:
  - level: ground
    name: Ground
    criteria: Knows the rules.
    validity: 12 months
    results: [{id: exam, name: Exam, type: Percent, passing: 70, required: true}]
    recertification: {window: 90 days, grace: 30 days, counts_from: expiry, takes: {steps: [exam]}}
  - level: air
    name: Air
    criteria: Flew alone.
    validity: 24 months
    prerequisites: [ground]
    evidence: [{id: log, name: Flight log}]
    assessment: {assessors: 2, functions: 2, not_the_manager: true}
    results: [{id: flight, name: Flight, type: Percent, passing: 60, required: true}]
"""


@pytest.mark.slow
def test_from_the_directory_to_a_decision_and_a_renewal(brightmoor: Company, tmp_path: Path) -> None:
    def do(*arguments: str, fails: bool = False) -> str:
        done = brightmoor.command(*arguments)
        assert (done.code != 0) is fails, (arguments, done.out, done.err)
        return done.out + done.err

    def written(name: str, text: str) -> str:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    program, directory = written("flight.yaml", PROGRAM), written("people.csv", DIRECTORY)
    assert "nobody" in do("program", "apply", program, fails=True), "nobody is a pilot yet"
    assert "4" in do("people", "import", directory)
    do("program", "apply", program, "--yes")

    earned = TODAY - timedelta(days=330)
    past = ("--past",) if earned < TODAY else ()
    ground = brightmoor.command(
        *("issue", "--json", "--name", "Ana Núñez", "--email", "ana@brightmoor.example", "--program", "flight"),
        *("--level", "ground", "--awarded-on", f"{earned}", "--result", "exam=81", *past),
    ).json["issued"][0]  # fmt: skip
    due = do("due", "ana@brightmoor.example")
    assert "Ground" in due
    assert "renew" in due

    refused = do(
        *("issue", "--name", "Ana Núñez", "--email", "ana@brightmoor.example", "--program", "flight"),
        *("--level", "air", "--result", "flight=80"),
        fails=True,
    )
    assert "guildmark propose" in refused
    log = written("log.txt", "14 landings")
    proposal = brightmoor.command(
        *("propose", "ana@brightmoor.example", "--program", "flight", "--level", "air", "--evidence", f"log={log}"),
        "--json",
    ).json["id"]
    assert "manager" in do(
        "assess", proposal, "--assessor", "mia@brightmoor.example", "--result", "flight=90", fails=True
    )
    do("assess", proposal, "--assessor", "ben@brightmoor.example", "--result", "flight=72")
    do("assess", proposal, "--assessor", "cleo@brightmoor.example", "--result", "flight=64")
    course = do("proposals", "show", proposal)
    assert "issued" in course
    assert "Cleo Roy" in course

    assert "does not pass" in do("renew", ground["id"], "--result", "exam=60", fails=True)
    do("renew", ground["id"], "--result", "exam=92")
    page = brightmoor.get(f"/credentials/{ground['id']}", accept="text/html").text
    assert "It has been renewed since" in page

    coming = do("program", "simulate", "flight", "--for", "30 months")
    assert "Ana Núñez" in coming
    assert "expired" in coming
    assert "must be" in do("doctor")
