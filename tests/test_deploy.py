"""The container file, the compose file and the units: their syntax, and what they must not lose."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.cli.commands import COMMANDS
from portal.settings import NAMES, PREFIX
from tests.conftest import PROJECT

UNITS = sorted((PROJECT / "deploy" / "systemd").iterdir())
SERVICES = [path for path in UNITS if path.suffix == ".service"]
INSTRUCTIONS = {
    "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT",
    "CMD"
}  # fmt: skip
SERVICE_KEYS = {
    "image", "build", "command", "environment", "secrets", "volumes", "ports", "read_only", "cap_drop", "security_opt",
    "tmpfs", "restart", "depends_on", "healthcheck", "stop_grace_period"
}  # fmt: skip


def instructions() -> list[tuple[str, str]]:
    text = (PROJECT / "Containerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    return [(word, rest) for word, _, rest in (line.strip().partition(" ") for line in lines) if word]


def test_the_container_file_has_only_instructions_that_exist_and_copies_what_is_there() -> None:
    found = instructions()
    assert {word for word, _ in found} <= INSTRUCTIONS
    for word, rest in found:
        if word == "COPY" and not rest.startswith("--from"):
            assert (PROJECT / rest.split()[0]).exists(), rest
        if word in ("ENTRYPOINT", "CMD", "VOLUME"):
            json.loads(rest)
        if word == "FROM":
            image = rest.split()[0]
            assert re.fullmatch(r"docker\.io/library/[a-z]+:[0-9][a-z0-9.-]+", image), "an image of a named version"


def test_the_container_runs_without_root_and_says_whether_it_can_work() -> None:
    last = instructions()[max(at for at, (word, _) in enumerate(instructions()) if word == "FROM") :]
    users = [rest for word, rest in last if word == "USER"]
    assert users == ["10001:10001"]
    (health,) = [rest for word, rest in last if word == "HEALTHCHECK"]
    probe = json.loads(health.partition("CMD ")[2])
    compile(probe[2], "healthcheck", "exec")
    assert "/readyz" in probe[2]
    assert not [rest for word, rest in last if word == "COPY" and not rest.startswith("--from")], "sources stay behind"
    for name in re.findall(r"\bGUILDMARK_(\w+)=", " ".join(rest for word, rest in last if word == "ENV")):
        assert name == "HOME" or name.lower() in NAMES


def test_what_pip_installs_is_locked_by_hashes() -> None:
    runs = " ".join(rest for word, rest in instructions() if word == "RUN")
    installs = re.findall(r"pip install ([^&]*?)(?=\s&&|$|\s(?:npm|python|apt-get)\b|/opt)", runs)
    assert installs
    assert all("--require-hashes" in one or "--no-deps" in one for one in installs)


def test_nothing_secret_comes_into_the_context_of_a_build() -> None:
    lines = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    let_in = [rule[1:].rstrip("/") for rule in rules if rule.startswith("!")]
    assert all((PROJECT / name).exists() for name in let_in)
    assert not {"secrets", "guildmark-home", "guildmark-demo", ".git", "tests"} & set(let_in)


def composed() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def test_the_compose_file_names_only_what_it_defines() -> None:
    document = composed()
    assert {name for name in document if not name.startswith("x-")} == {"name", "services", "volumes", "secrets"}
    assert document["services"].keys() == {"database", "serve", "worker"}
    for service in document["services"].values():
        assert service.keys() <= SERVICE_KEYS
        assert set(service.get("secrets", ())) <= document["secrets"].keys()
        assert {one.partition(":")[0] for one in service["volumes"]} <= document["volumes"].keys()
        assert set(service.get("depends_on", ())) <= document["services"].keys()
    assert all(one.keys() == {"file"} and "secrets/" in one["file"] for one in document["secrets"].values())


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_our_containers_write_nowhere_but_in_their_home(name: str) -> None:
    service = composed()["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["command"][0] in COMMANDS
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    variables = [one.removeprefix(PREFIX).lower() for one in service["environment"] if one.startswith(PREFIX)]
    assert set(variables) <= set(NAMES)
    assert "PASSWORD" not in json.dumps(service)


def unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(path, encoding="utf-8")
    return parser


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_gives_away_no_right_that_is_not_needed(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"] == "guildmark"
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert service["SystemCallFilter"] == "@system-service"
    command = re.search(r"/opt/guildmark/bin/guildmark (\w+)", service["ExecStart"])
    assert command is not None
    assert command[1] in COMMANDS
    for name in re.findall(r"^Environment=GUILDMARK_(\w+)=", path.read_text(encoding="utf-8"), re.MULTILINE):
        assert name == "HOME" or name.lower() in NAMES


def test_units_are_read_by_systemd_without_a_word() -> None:
    """Where it is installed; elsewhere the test above is all."""
    if (program := shutil.which("systemd-analyze")) is None:
        return
    command = [program, "verify", *map(str, UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    said = [line for line in done.stderr.splitlines() if "guildmark" in line and "is not executable" not in line]
    assert said == []
