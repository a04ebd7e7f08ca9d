"""`guildmark lti`: what the page does, on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from issuer.errors import Unknown
from issuer.lti.platforms import PlatformRefused
from portal.cli.application import app

Command = Callable[..., Result]
MOODLE = [
    *("--platform", "https://moodle.example", "--client-id", "abc", "--deployment", "1", "--deployment", "2"),
    *("--auth-url", "https://moodle.example/auth", "--token-url", "https://moodle.example/token"),
    *("--keys-url", "https://moodle.example/certs", "--passing", "60"),
]


@pytest.fixture
def guildmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A command of `guildmark lti` on an installation; its fault is raised, as the last door would word it."""
    home = tmp_path / "home"
    made = CliRunner().invoke(app, ["init", "--name", "Acme", "--home", str(home)])
    assert made.exit_code == 0, made.output
    monkeypatch.setenv("GUILDMARK_HOME", str(home))

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["lti", *arguments], catch_exceptions=False)

    return command


def test_a_platform_is_registered_listed_and_removed(guildmark: Command) -> None:
    assert "There is none" in guildmark("list").output
    added = guildmark("add", "moodle", *MOODLE, "--trust-addresses").output
    for path in ("/lti/launch", "/lti/login", "/lti/jwks.json"):
        assert path in added
    assert guildmark("list").output == (
        "moodle  https://moodle.example  client abc, passed from 60 %, vouches for mail addresses\n"
    )
    [one] = json.loads(guildmark("list", "--json").output)
    assert (one["deployments"], one["trusts_addresses"]) == (["1", "2"], True)
    canvas = json.loads(guildmark("add", "canvas", *MOODLE, "--client-id", "xyz", "--json").output)
    assert canvas["register"].endswith("/lti/register")
    with pytest.raises(PlatformRefused) as refused:
        guildmark("add", "Moodle!", *MOODLE, "--client-id", "c", "--keys-url", "http://10.0.0.1/", "--passing", "0")
    assert {fault.where for fault in refused.value.faults} == {"name", "passing", "keys_url"}
    assert "Nothing is taken from the platform moodle" in guildmark("remove", "moodle").output
    with pytest.raises(Unknown):
        guildmark("remove", "moodle")
    assert [one["name"] for one in json.loads(guildmark("list", "--json").output)] == ["canvas"]
