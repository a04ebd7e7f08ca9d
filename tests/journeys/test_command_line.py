"""The command line as a company uses it, and what it says to mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.command import run
from tests.journeys.conftest import EXAMPLES, Company

CSV = """\
name,email,program,level,awarded_on
Zoë Kjærsgaard,zoe@brightmoor.example,first-aid,first-aider,2026-10-09
陳怡君,yi-chun@brightmoor.example,first-aid,first-aider,2026-09-18
"""
WRONG = """\
name,email,program,level,awarded_on
Zoë Kjærsgaard,zoe.second@brightmoor.example,first-aid,first-aider,2026-10-09
Nobody,no-address,first-aid,first-aider,2026-10-09
Someone,some@brightmoor.example,first-aid,paramedic,2026-10-09
Later,later@brightmoor.example,first-aid,first-aider,2226-10-09
"""


def _written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_the_same_list_twice_issues_nothing_twice(brightmoor: Company, tmp_path: Path) -> None:
    file = _written(tmp_path / "people.csv", CSV)
    first = brightmoor.command("issue", file, "--json")
    assert (first.code, len(first.json["issued"])) == (0, 2)
    second = brightmoor.command("issue", file, "--json")
    assert (second.code, second.json["issued"], len(second.json["already"])) == (0, [], 2)


def test_a_list_with_faults_issues_none_and_names_them_all(brightmoor: Company, tmp_path: Path) -> None:
    file = _written(tmp_path / "wrong.csv", WRONG)
    before = brightmoor.command("list", "--json").json["issued"]
    done = brightmoor.command("issue", file)
    assert done.code == 1
    for part in ("row 3", "email", "row 4", "paramedic", "first-aider", "row 5", "future"):
        assert part in done.err, part
    assert brightmoor.command("list", "--json").json["issued"] == before


def test_unless_it_is_told_to_skip_them(brightmoor: Company, tmp_path: Path) -> None:
    file = _written(tmp_path / "wrong.csv", WRONG)
    done = brightmoor.command("issue", file, "--skip-invalid", "--json")
    assert (done.code, len(done.json["issued"]), len(done.json["skipped"])) == (0, 1, 3)


def test_a_year_that_was_mistyped_is_told(brightmoor: Company) -> None:
    person = ("--name", "Ida Sorensen", "--email", "ida@brightmoor.example", "--program", "first-aid")
    done = brightmoor.command("issue", *person, "--level", "first-aider", "--awarded-on", "2016-10-09")
    assert (done.code, done.out.splitlines()[0]) == (0, "Issued 1; 0 had been issued before.")
    assert "“First aider” of Ida Sorensen has expired already." in done.err
    person = ("--name", "Ole Sorensen", "--email", "ole@brightmoor.example", "--program", "first-aid")
    done = brightmoor.command("issue", *person, "--level", "first-aider", "--awarded-on", "2016-10-09", "--past")
    assert (done.code, done.err) == (0, "")


def test_bake_unbake_and_qr(brightmoor: Company, tmp_path: Path) -> None:
    issued = brightmoor.issue_one("Baker", "first-aider", "--output", str(tmp_path))
    signed = next(tmp_path.glob("*.jwt"))
    baked = tmp_path / "baked.svg"
    assert run("bake", str(EXAMPLES / "badges" / "expert.svg"), str(signed), "--output", str(baked)).code == 0
    assert run("unbake", str(baked)).out.strip() == signed.read_text(encoding="ascii")
    for suffix in ("png", "svg"):
        assert run("qr", issued["url"], "--output", str(tmp_path / f"code.{suffix}")).code == 0
        assert (tmp_path / f"code.{suffix}").stat().st_size > 200


def test_the_audit_trail_is_whole_and_shows_who_did_what(brightmoor: Company) -> None:
    brightmoor.issue_one("Audited", "first-aider")
    done = brightmoor.command("audit", "verify", "--json")
    assert (done.code, done.json["whole"]) == (0, True)
    head = done.json["head"]
    assert brightmoor.command("audit", "verify", "--head", head).code == 0
    assert brightmoor.command("audit", "verify", "--head", f"{head.split(':')[0]}:{'0' * 64}").code == 1


@pytest.mark.slow
def test_keys_and_tokens_are_listed_without_secrets(brightmoor: Company) -> None:
    keys = brightmoor.command("keys", "list", "--json")
    assert {key["use"] for key in keys.json} == {"data-integrity", "jwt"}
    made = brightmoor.command("tokens", "create", "learning system", "--days", "30", "--json")
    assert made.code == 0
    listed = brightmoor.command("tokens", "list")
    assert "learning system" in listed.out
    assert made.json["secret"] not in listed.out
    assert brightmoor.command("tokens", "revoke", "learning system").code == 0


USAGE, REFUSED = 2, 1


@pytest.mark.parametrize(
    ("code", "arguments", "says"),
    [
        (REFUSED, ("issue", "missing.csv"), "missing.csv"),
        (USAGE, ("issue",), "CSV file"),
        (USAGE, ("issue", "people.csv", "--name", "Ada"), "CSV file"),
        (USAGE, ("revoke", "not-an-id", "--reason", "x"), "not-an-id"),
        (REFUSED, ("revoke", "5d0f3b0e-6b0a-4f0c-9d57-2f5c7d6b3a11", "--reason", "x"), "5d0f3b0e"),
        (REFUSED, ("program", "apply", str(EXAMPLES / "people.csv")), "this is no program"),
        (REFUSED, ("keys", "rotate", "--use", "data-integrity", "--type", "RSA"), "Ed25519"),
        (USAGE, ("audit", "verify", "--head", "nonsense"), "SEQUENCE"),
        (REFUSED, ("tokens", "revoke", "nobody"), "nobody"),
        (USAGE, ("tokens", "create", "x", "--days", "99999999"), "36500"),
        (REFUSED, ("list", "--after", "nonsense"), "cursor"),
        (REFUSED, ("init", "--name", "Again"), "already"),
        (
            REFUSED,
            ("issue", "--name", "A", "--email", "a@b.example", "--program", "first-aid", "--level", "boss"),
            "boss",
        ),
    ],
)
def test_mistakes_get_a_sentence_and_a_status(
    brightmoor: Company, code: int, arguments: tuple[str, ...], says: str
) -> None:
    done = brightmoor.command(*arguments)
    assert (done.code, says in done.err) == (code, True), done.err


@pytest.mark.parametrize(
    ("code", "arguments", "says"),
    [
        (REFUSED, ("list", "--home", "nowhere"), "guildmark init"),
        (REFUSED, ("bake", str(EXAMPLES / "people.csv"), str(EXAMPLES / "people.csv")), "PNG"),
        (REFUSED, ("unbake", str(EXAMPLES / "badges" / "associate.svg")), "no "),
        (REFUSED, ("unbake", "missing.png"), "missing.png"),
        (REFUSED, ("qr", "x" * 5000), "QR code"),
        (USAGE, ("qr", "text", "--output", "code.gif"), ".png or .svg"),
        (USAGE, ("frobnicate",), "frobnicate"),
    ],
)
def test_also_without_an_installation(code: int, arguments: tuple[str, ...], says: str) -> None:
    done = run(*arguments)
    assert (done.code, says in done.err) == (code, True), done.err


@pytest.mark.slow
def test_nothing_is_issued_where_the_files_cannot_be_written(brightmoor: Company, tmp_path: Path) -> None:
    file = _written(tmp_path / "more.csv", CSV.replace("@", ".unwritable@"))
    before = brightmoor.command("list", "--json").json["issued"]
    done = brightmoor.command("issue", file, "--output", file)
    assert (done.code, "more.csv" in done.err) == (REFUSED, True)
    assert brightmoor.command("list", "--json").json["issued"] == before


@pytest.mark.slow
def test_a_result_that_no_level_asks_for_is_refused(brightmoor: Company) -> None:
    person = ("--name", "Ada", "--email", "ada@brightmoor.example", "--program", "first-aid", "--level", "first-aider")
    done = brightmoor.command("issue", *person, "--result", "exam=81")
    assert (done.code, "exam" in done.err) == (REFUSED, True)
    done = brightmoor.command("issue", *person, "--result", "81")
    assert (done.code, "id=value" in done.err) == (USAGE, True)


def test_a_port_that_is_taken_is_said_to_be(brightmoor: Company) -> None:
    done = brightmoor.command("serve")  # at the port that its base URL names
    assert (done.code, str(brightmoor.port) in done.err) == (REFUSED, True)


def test_the_demo_does_not_touch_the_data_of_a_running_server(brightmoor: Company, tmp_path: Path) -> None:
    done = run("demo", "--output", str(tmp_path / "demo"), "--base-url", brightmoor.base_url)
    assert (done.code, "stop it first" in done.err) == (REFUSED, True)
    assert not (tmp_path / "demo").exists()


@pytest.mark.slow
def test_an_image_is_baked_into_a_file_of_its_own_kind(brightmoor: Company, tmp_path: Path) -> None:
    brightmoor.issue_one("Other Baker", "first-aider", "--output", str(tmp_path))
    signed = next(tmp_path.glob("*.jwt"))
    done = run("bake", str(EXAMPLES / "badges" / "expert.svg"), str(signed), "--output", str(tmp_path / "x.png"))
    assert (done.code, ".svg" in done.err) == (USAGE, True)


def test_skipping_does_not_hide_that_nothing_could_be_read(brightmoor: Company, tmp_path: Path) -> None:
    file = _written(tmp_path / "heading.csv", "nome,email\nAda,ada@brightmoor.example\n")
    done = brightmoor.command("issue", file, "--skip-invalid")
    assert (done.code, "nome" in done.err) == (REFUSED, True)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("empty", b""),
        ("text", b"not a credential"),
        ("truncated.jwt", b"eyJhbGciOiJSUzI1NiJ9.eyJ"),
        ("broken.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"),
        ("list.json", b"[1,2,3]"),
        ("deep.json", b'{"a":' * 100_000),
    ],
)
def test_verify_answers_to_anything(tmp_path: Path, name: str, body: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    done = run("verify", str(path), "--home", str(tmp_path / "none"))
    assert (done.code, str(path) in done.out) == (1, True), done.out


def test_verify_says_not_checked_when_the_operator_erred(brightmoor: Company) -> None:
    done = brightmoor.command("verify", str(EXAMPLES / "logo.svg"), "--allow-origin", "nonsense")
    assert (done.code, "nonsense" in done.err) == (2, True)


def test_an_upgrade_of_what_is_new_already_changes_nothing(brightmoor: Company) -> None:
    done = brightmoor.command("upgrade")
    assert (done.code, "of version" in done.out) == (0, True)


def test_version_and_help() -> None:
    assert run("--version").out.startswith("guildmark ")
    helped = run("--help")
    assert helped.code == 0
    for command in (
        "demo",
        "init",
        "serve",
        "issue",
        "verify",
        "bake",
        "unbake",
        "qr",
        "revoke",
        "suspend",
        "reinstate",
        "keys",
        "audit",
    ):
        assert command in helped.out
