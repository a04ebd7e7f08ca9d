"""The transparency log over HTTP and at the command line: what a stranger finds out, and need not believe."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from credentials.log.checkpoints import Checkpoint, LogProof
from credentials.log.entries import LogEntry
from credentials.log.errors import LogError, MalformedNote, NotLogged
from credentials.log.merkle import leaf_hash, root_of
from credentials.log.notes import NoteKey
from credentials.log.tiles import bundle, grown, node_of
from issuer import audit
from issuer.log.growing import grow
from issuer.log.reading import log_state
from issuer.tables import LogEntryRow, LogRow, LogTileRow
from portal.app import create_app
from portal.cli.application import app
from portal.service import Service
from tests.portal.conftest import BASE, BROWSER, House, build_house
from verifier.fetcher import Fetched, FetchFailed
from verifier.log_reader import LogReader, check_logged, history_of


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house whose log these tests may grow."""
    house = build_house(tmp_path_factory.mktemp("logged"))
    yield house
    house.service.close()


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[TestClient]:
    with house.client() as client:
        yield client


def grown_log(house: House) -> None:
    assert house.service.keyring is not None
    grow(house.service.database, house.service.keyring, now=house.clock.now, randomness=secrets.token_bytes)


class Wire:
    """What a stranger fetches, from the application itself; `forged` is served in its place."""

    def __init__(self, client: TestClient, forged: Mapping[str, bytes] | None = None) -> None:
        self.client, self.forged = client, dict(forged or {})

    def fetch(self, url: str, *, accept: str, max_bytes: int) -> Fetched:
        path = url.removeprefix(BASE)
        if path in self.forged:
            return Fetched(url, self.forged[path], accept)
        answer = self.client.get(path, headers={"Accept": accept})
        if answer.status_code != 200:
            raise FetchFailed(url, f"{url} answered {answer.status_code}")
        assert len(answer.content) <= max_bytes
        return Fetched(url, answer.content, accept)


def reader(client: TestClient, forged: Mapping[str, bytes] | None = None) -> LogReader:
    return LogReader(f"{BASE}/log", NoteKey.of(client.get("/log/key").text), Wire(client, forged))


def test_a_stranger_checks_a_badge_and_all_that_became_of_it(house: House, client: TestClient) -> None:
    grown_log(house)
    log = reader(client)
    checkpoint, note = log.checkpoint()
    assert client.get("/log/checkpoint").text == note
    identifier = f"{BASE}/credentials/{house.ids['revoked']}"
    for form in ("json", "jwt"):
        secured = client.get(f"{identifier}.{form}").content
        proof = LogProof.of(client.get(f"{identifier}/log-proof").text)
        _, entry = check_logged(proof, log.key, secured)
        assert entry.event == "issued"
        other = client.get(f"{BASE}/credentials/{house.ids['valid']}.{form}").content
        with pytest.raises(NotLogged, match="another badge"):
            check_logged(proof, log.key, other)
    history = history_of(log, checkpoint, identifier)
    assert [one.event for _, one in history.found] == ["issued", "revoked"]
    assert not history.unlike


def test_what_grew_is_proven_to_have_only_grown(tmp_path: Path) -> None:
    house = build_house(tmp_path)
    grown_log(house)
    log = reader(_client(house.service))
    early, _ = log.checkpoint()
    house.clock.now += timedelta(days=1)
    _retire_keys(house, 300)
    grown_log(house)
    late, _ = log.checkpoint()
    assert late.size == early.size + 300
    log.check_grown(early, late)
    log.check_grown(late, late)
    log.check_grown(replace(early, size=0, root=root_of(0, lambda *_: b"")), late)
    with pytest.raises(NotLogged, match="cut off"):
        log.check_grown(late, early)
    with pytest.raises(NotLogged, match="written anew"):
        log.check_grown(replace(early, root=leaf_hash(b"another history")), late)
    with pytest.raises(NotLogged, match="written down"):
        log.check_grown(replace(early, origin="elsewhere.example/log"), late)
    assert sum(1 for _ in log.entries(late)) == late.size
    house.service.close()


def _retire_keys(house: House, count: int) -> None:
    with house.service.database.write() as session:
        events = [("key retired", f"key:brightmoor/k{number}", {}) for number in range(count)]
        audit.append_all(session, at=house.clock.now, actor="test", events=events)


class Forger:
    """Who has the log's key, and writes what he likes."""

    def __init__(self, house: House) -> None:
        state = log_state(house.service.database)
        assert state is not None
        assert house.service.keyring is not None
        with house.service.database.read() as session:
            self.signer = house.service.keyring.signer(session.get_one(LogRow, 1).key_uri)
        self.key = state.key

    def site(self, entries: list[bytes]) -> dict[str, bytes]:
        tiles = grown({}, 0, map(leaf_hash, entries))
        root = root_of(len(entries), node_of(lambda level, number: tiles[level, number]))
        note = Checkpoint(self.key.name, len(entries), root).signed(self.key, self.signer.sign)
        return {"/log/checkpoint": note.encode(), f"/log/tile/entries/000.p/{len(entries)}": bundle(entries)}


def test_a_server_that_lies_is_found_out(house: House, client: TestClient) -> None:
    grown_log(house)
    checkpoint, note = reader(client).checkpoint()
    for forged in (
        note.replace(f"\n{checkpoint.size}\n", "\n1\n"),
        "",
        "\udcff",
        note.replace(BASE[8:], "other.example"),
    ):
        with pytest.raises(LogError):
            reader(client, {"/log/checkpoint": forged.encode(errors="surrogateescape")}).checkpoint()
    path = f"/log/tile/entries/000.p/{checkpoint.size}"
    whole = client.get(path).content
    for broken in (whole[:-1], whole.replace(b"issued", b"copied"), b"", whole[2 + int.from_bytes(whole[:2], "big") :]):
        log = reader(client, {path: broken})
        with pytest.raises(LogError):
            list(log.entries(checkpoint))


def test_what_is_backdated_is_noticed(house: House, client: TestClient) -> None:
    grown_log(house)
    forger = Forger(house)
    days = ["2026-11-22T10:00:00Z", "2026-11-22T09:30:00Z", "2024-01-01T00:00:00Z"]
    log = reader(client, forger.site([LogEntry(day, "issued", "x").data for day in days]))
    checkpoint, _ = log.checkpoint()
    told = history_of(log, checkpoint, "whatever")
    assert len(told.unlike) == 1
    assert "entry 2" in told.unlike[0]
    unreadable = reader(client, forger.site([LogEntry("yesterday", "issued", "x").data]))
    with pytest.raises(MalformedNote, match="entry 0"):
        history_of(unreadable, unreadable.checkpoint()[0], "whatever")


def test_parts_never_change_and_say_so(house: House, client: TestClient) -> None:
    grown_log(house)
    size = int(client.get("/log/checkpoint").text.split("\n")[1])
    part = client.get(f"/log/tile/0/000.p/{size}")
    assert part.headers["content-type"] == "application/octet-stream"
    assert "immutable" in part.headers["cache-control"]
    assert "max-age=2" in client.get("/log/checkpoint").headers["cache-control"]
    assert client.get("/log/checkpoint").headers["content-type"] == "text/plain; charset=utf-8"
    for path in ("0/000", f"0/000.p/{size + 1}", "9/000", "entries/001", "x", "0/0", "%2e%2e/key", "0/000.p/01"):
        assert client.get(f"/log/tile/{path}").status_code == 404, path


def test_before_it_is_begun_and_where_it_is_not_public(house: House, client: TestClient) -> None:
    identifier = house.ids["valid"]
    with house.service.database.write() as session:
        for table in (LogRow, LogEntryRow, LogTileRow):
            session.execute(delete(table))
    for path in ("/log", "/log/checkpoint", "/log/key", f"/credentials/{identifier}/log-proof"):
        assert client.get(path).status_code == 404, path
    grown_log(house)
    assert client.get(f"/credentials/{identifier}/log-proof").status_code == 200
    assert client.get("/credentials/00000000-0000-4000-8000-000000000000/log-proof").status_code == 404
    private = replace(house.service, settings=house.service.settings.model_copy(update={"log_public": False}))
    hidden = _client(private)
    for path in (
        "/log",
        "/log/checkpoint",
        "/log/key",
        "/log/tile/entries/000.p/4",
        f"/credentials/{identifier}/log-proof",
    ):
        assert hidden.get(path).status_code == 404, path
    assert "log-proof" not in hidden.get(f"/credentials/{identifier}", headers=BROWSER).text


def _client(service: Service) -> TestClient:
    return TestClient(create_app(service), base_url=BASE, follow_redirects=False)


def test_pages_say_what_it_is_in_either_language(house: House, client: TestClient) -> None:
    grown_log(house)
    page = client.get("/log", headers=BROWSER).text
    assert client.get("/log/key").text.strip() in page.replace("&#43;", "+")
    assert "Das Transparenzprotokoll" in client.get("/log", headers={**BROWSER, "Accept-Language": "de"}).text
    credential = client.get(f"/credentials/{house.ids['valid']}", headers=BROWSER).text
    assert f"/credentials/{house.ids['valid']}/log-proof" in credential


Command = Callable[..., Result]


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`guildmark …` on an installation of its own; a fault is raised, as the last door would word it."""
    monkeypatch.setenv("GUILDMARK_HOME", str(tmp_path / "home"))

    def command(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), catch_exceptions=False)

    assert command("init", "--name", "Acme").exit_code == 0
    return command


def test_the_operator_looks_and_proves(installation: Command, tmp_path: Path) -> None:
    assert installation("log", "show").exit_code == 1
    assert "2 entries added" in installation("log", "grow").output
    said = json.loads(installation("log", "show", "--json").output)
    assert (said["size"], said["address"].endswith("/log")) == (2, True)
    kept = tmp_path / "checkpoint.txt"
    kept.write_text(said["checkpoint"], encoding="utf-8")
    whole = installation("audit", "verify", "--checkpoint", str(kept))
    assert whole.exit_code == 0
    assert "2 entries" in whole.output
    kept.write_text(said["checkpoint"].replace("\n2\n", "\n3\n"), encoding="utf-8")
    assert installation("audit", "verify", "--checkpoint", str(kept)).exit_code == 1
    assert json.loads(installation("audit", "verify", "--json", "--checkpoint", str(kept)).output)["whole"] is False


def test_a_proof_that_was_kept_needs_no_network(house: House, client: TestClient, tmp_path: Path) -> None:
    grown_log(house)
    identifier, key = house.ids["valid"], client.get("/log/key").text.strip()
    badge, proof = tmp_path / "badge.png", tmp_path / "badge.tlog-proof"
    badge.write_bytes(client.get(f"/credentials/{identifier}.png").content)
    proof.write_bytes(client.get(f"/credentials/{identifier}/log-proof").content)

    def check(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["log", "check", *arguments])

    good = check(str(badge), "--proof", str(proof), "--key", key)
    assert (good.exit_code, "issued" in good.output) == (0, True), good.output
    badge.write_bytes(client.get(f"/credentials/{house.ids['revoked']}.png").content)
    assert check(str(badge), "--proof", str(proof), "--key", key).exit_code == 1
    assert check(str(tmp_path / "none"), "--proof", str(proof), "--key", key).exit_code == 2
    assert check(str(badge), "--proof", str(proof), "--key", key.replace("+", "-")).exit_code == 1
    assert check(str(badge), "--proof", str(proof)).exit_code == 2
