"""A stranger verifies over HTTP what a company issued, without its database and without trusting its pages."""

from __future__ import annotations

import json
from pathlib import Path

from tests.journeys.command import run
from tests.journeys.conftest import Company


def _exported(
    brightmoor: Company, directory: Path, name: str = "Zoë Kjærsgaard", level: str = "first-aider"
) -> dict[str, Path]:
    issued = brightmoor.issue_one(name, level)
    done = brightmoor.command("export", issued["id"], "--output", str(directory))
    assert done.code == 0, done.err
    paths = {
        path.name.partition(issued["id"][:8])[2]: path for path in directory.iterdir() if issued["id"][:8] in path.name
    }
    return {**paths, "id": Path(issued["id"])}


def test_every_form_of_a_credential_is_valid_to_a_stranger(brightmoor: Company, tmp_path: Path) -> None:
    files = _exported(brightmoor, tmp_path)
    for suffix in (".json", ".jwt", ".png", ".svg"):
        done = brightmoor.stranger(str(files[suffix]), "--json")
        assert done.code == 0, (suffix, done.out)
        assert done.json["status"] == "valid"


def test_so_is_its_address_alone(brightmoor: Company, tmp_path: Path) -> None:
    files = _exported(brightmoor, tmp_path, "Łukasz Wójcik")
    done = brightmoor.stranger(f"{brightmoor.base_url}/credentials/{files['id'].name}")
    assert done.code == 0, done.out
    assert done.out.startswith("VALID")


def test_a_revocation_is_seen_by_the_next_stranger(brightmoor: Company, tmp_path: Path) -> None:
    files = _exported(brightmoor, tmp_path, "Наталія Шевчук")
    done = brightmoor.command("revoke", files["id"].name, "--reason", "The exam was taken by another person.")
    assert done.code == 0, done.err
    for suffix in (".json", ".jwt", ".png", ".svg"):
        answer = brightmoor.stranger(str(files[suffix]), "--json")
        assert (answer.code, answer.json["status"]) == (1, "revoked")
    page = brightmoor.get(f"/credentials/{files['id'].name}", "text/html").text
    assert "The exam was taken by another person." in page


def test_a_suspension_is_seen_and_taken_back(brightmoor: Company, tmp_path: Path) -> None:
    files = _exported(brightmoor, tmp_path, "Priya Nair", "instructor")
    identifier = files["id"].name
    assert brightmoor.command("suspend", identifier, "--reason", "A review is open.").code == 0
    assert brightmoor.stranger(str(files[".jwt"]), "--json").json["status"] == "suspended"
    assert brightmoor.command("reinstate", identifier, "--reason", "The review found nothing.").code == 0
    assert brightmoor.stranger(str(files[".jwt"]), "--json").json["status"] == "valid"


def test_old_credentials_stay_valid_when_keys_rotate(brightmoor: Company, tmp_path: Path) -> None:
    before = _exported(brightmoor, tmp_path, "Before Rotation")
    assert brightmoor.command("keys", "rotate").code == 0
    after = _exported(brightmoor, tmp_path, "After Rotation")
    proofs = [json.loads(files[".json"].read_bytes())["proof"][0]["verificationMethod"] for files in (before, after)]
    assert proofs[0] != proofs[1]
    for files in (before, after):
        assert brightmoor.stranger(str(files[".json"]), str(files[".jwt"])).code == 0


def test_the_holder_can_be_asked_for(brightmoor: Company, tmp_path: Path) -> None:
    done = brightmoor.command(
        "issue", "--json", "--name", "Kim", "--email", "kim@brightmoor.example", "--program", "first-aid", "--level",
        "first-aider", "--output", str(tmp_path),
    )  # fmt: skip
    assert done.code == 0, done.err
    path = next(tmp_path.glob("*.json"))
    assert "kim@brightmoor.example" not in path.read_text(encoding="utf-8")
    assert brightmoor.stranger(str(path), "--recipient", "kim@brightmoor.example").code == 0
    assert brightmoor.stranger(str(path), "--recipient", "lee@brightmoor.example").code == 1


def test_without_leave_nothing_on_this_machine_is_fetched(brightmoor: Company, tmp_path: Path) -> None:
    files = _exported(brightmoor, tmp_path, "Guarded")
    done = run(str(files[".json"]), module="verifier")
    assert done.code == 2
    assert "UNCHECKED" in done.out


def test_a_changed_file_is_forged_and_not_merely_unreachable(brightmoor: Company, tmp_path: Path) -> None:
    files = _exported(brightmoor, tmp_path, "Original Name")
    forged = tmp_path / "forged.json"
    forged.write_text(
        files[".json"].read_text(encoding="utf-8").replace("Original Name", "Another Name"), encoding="utf-8"
    )
    done = brightmoor.stranger(str(forged), "--json")
    assert (done.code, done.json["status"]) == (1, "invalid")


def test_when_the_server_is_gone_nobody_calls_a_badge_forged(brightmoor: Company, tmp_path: Path) -> None:
    files = _exported(brightmoor, tmp_path, "Gone")
    with brightmoor.closed():
        done = brightmoor.stranger(str(files[".json"]), "--json")
        assert (done.code, done.json["status"]) == (2, "unchecked")
        ours = brightmoor.command("verify", "--json", str(files[".json"]))
        assert (ours.code, ours.json["status"]) == (0, "valid")
