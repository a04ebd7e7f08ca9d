"""The keyring makes, keeps and opens keys, and refuses files that others can read."""

from __future__ import annotations

import os
import re
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.envelope import Argon2Cost, KeyEncryptionKey, Passphrase
from keys.errors import (
    KeyExists,
    KeyFileInsecure,
    KeyFileUnreadable,
    KeyFileUnwritable,
    KeysError,
    MalformedKeyUri,
    SigningUnavailable,
    UnknownKeyScheme,
    WrongPassphrase,
)
from keys.key_encryption_key import create_key_encryption_key, read_key_encryption_key
from keys.keyring import Keyring
from keys.public_key import KeyType
from keys.signer import Signer, generate

KEK = KeyEncryptionKey(bytes(range(32)))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def ring(directory: Path) -> Keyring:
    return Keyring(directory, KEK)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestCreate:
    def test_a_key_is_made_kept_and_found_again_by_another_process(self, directory: Path) -> None:
        uri, made = Keyring(directory, KEK).create("acme-2026.proofs", KeyType.P256)
        assert uri == "file:acme-2026.proofs.key"
        found = Keyring(directory, KEK).signer(uri)
        made.public_key.verify(found.sign(b"a message"), b"a message")

    def test_directory_and_file_are_the_owners_alone_whatever_the_umask(self, directory: Path) -> None:
        before = os.umask(0)
        try:
            Keyring(directory, KEK).create("acme", KeyType.ED25519)
        finally:
            os.umask(before)
        assert mode(directory) == 0o700
        assert mode(directory / "acme.key") == 0o600
        assert [path.name for path in directory.iterdir()] == ["acme.key"]

    def test_nothing_is_ever_overwritten(self, ring: Keyring, directory: Path) -> None:
        ring.create("acme", KeyType.ED25519)
        before = (directory / "acme.key").read_bytes()
        with pytest.raises(KeyExists, match=r"acme\.key exists already"):
            ring.create("acme", KeyType.ED25519)
        assert (directory / "acme.key").read_bytes() == before
        assert [path.name for path in directory.iterdir()] == ["acme.key"]

    def test_a_dangling_link_is_not_written_through(self, ring: Keyring, directory: Path, tmp_path: Path) -> None:
        directory.mkdir(mode=0o700)
        (directory / "acme.key").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(KeyExists):
            ring.create("acme", KeyType.ED25519)
        assert not (tmp_path / "elsewhere").exists()

    def test_of_many_at_once_one_wins_and_the_file_is_whole(self, directory: Path) -> None:
        won: list[Signer] = []
        lost: list[KeysError] = []

        def create() -> None:
            try:
                won.append(Keyring(directory, KEK).create("acme", KeyType.ED25519)[1])
            except KeysError as error:
                lost.append(error)

        threads = [threading.Thread(target=create) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        assert [type(error) for error in lost] == [KeyExists] * 7
        assert Keyring(directory, KEK).signer("file:acme.key").public_key == won[0].public_key

    def test_a_write_that_fails_leaves_nothing(
        self, ring: Keyring, directory: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(KeyFileUnwritable, match="No space left on device"):
            ring.create("acme", KeyType.ED25519)
        assert list(directory.iterdir()) == []

    def test_a_directory_that_cannot_be_made_is_a_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "taken").write_text("a file")
        with pytest.raises(KeyFileUnwritable, match="cannot be created"):
            Keyring(tmp_path / "taken", KEK).create("acme", KeyType.ED25519)

    def test_the_private_key_is_not_on_the_disk_in_any_readable_form(self, directory: Path) -> None:
        Keyring(directory, KEK).create("acme", KeyType.RSA)
        content = (directory / "acme.key").read_bytes()
        assert b"PRIVATE KEY" not in content
        assert b'"ciphertext"' in content


class TestNames:
    @pytest.mark.parametrize(
        "name",
        [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/etc/x",
            "a\\b",
            "a..b",
            ".hidden",
            "a.",
            "-a",
            "a b",
            "a\n",
            "a\x00b",
            "ä",
            "a:b",
            "x" * 101,
            "%2e%2e",
            "~root",
        ],
    )
    def test_no_name_leads_out_of_the_directory(self, ring: Keyring, directory: Path, name: str) -> None:
        with pytest.raises(MalformedKeyUri, match=r"It is file:NAME\.key"):
            ring.create(name, KeyType.ED25519)
        with pytest.raises(MalformedKeyUri):
            ring.signer(f"file:{name}.key")
        assert not directory.exists()

    @pytest.mark.parametrize(
        "uri",
        [
            "file:acme",
            "file:acme.pem",
            "file:",
            "file:.key",
            "file:///acme.key",
            "file:acme.key ",
            "file:acme.key#1",
        ],
    )
    def test_a_file_uri_names_a_key_file(self, ring: Keyring, uri: str) -> None:
        with pytest.raises(MalformedKeyUri):
            ring.signer(uri)

    @settings(max_examples=200, deadline=None)
    @given(st.text("ab.-_/\\~ \n\0:%A1", max_size=12))
    def test_any_uri_opens_inside_the_directory_or_not_at_all(self, name: str) -> None:
        path = None
        try:
            path = Keyring(Path("/keys"), KEK)._path_of(f"file:{name}.key")
        except MalformedKeyUri:
            return
        assert path.parent == Path("/keys")
        assert Path(os.path.normpath(path)) == path


class TestOpening:
    def test_a_signer_is_opened_once(self, directory: Path) -> None:
        uri, _ = Keyring(directory, KEK).create("acme", KeyType.ED25519)
        ring = Keyring(directory, KEK)
        first = ring.signer(uri)
        (directory / "acme.key").unlink()
        assert ring.signer(uri) is first

    def test_a_passphrase_opens_what_it_sealed_and_another_says_which_key(self, directory: Path) -> None:
        cheap = Argon2Cost(memory_kib=8 * 1024, passes=1, lanes=1)
        uri, _ = Keyring(directory, Passphrase("open sesame"), cost=cheap).create("acme", KeyType.ED25519)
        Keyring(directory, Passphrase("open sesame")).signer(uri)
        with pytest.raises(WrongPassphrase, match=r"acme\.key: This passphrase does not open") as refused:
            Keyring(directory, Passphrase("open barley")).signer(uri)
        assert "barley" not in str(refused.value)

    def test_a_missing_key_is_a_sentence(self, ring: Keyring, directory: Path) -> None:
        with pytest.raises(KeyFileUnreadable, match="There is no directory"):
            ring.signer("file:acme.key")
        directory.mkdir(mode=0o700)
        with pytest.raises(KeyFileUnreadable, match="There is no file"):
            ring.signer("file:acme.key")

    def test_a_directory_a_pipe_or_a_huge_file_is_no_key(self, ring: Keyring, directory: Path) -> None:
        directory.mkdir(mode=0o700)
        (directory / "folder.key").mkdir()
        os.mkfifo(directory / "pipe.key", 0o600)
        (directory / "huge.key").touch(0o600)
        os.truncate(directory / "huge.key", 2**40)
        for name, says in (
            ("folder", "not a file|Is a directory"),
            ("pipe", "not a file"),
            ("huge", "longer than"),
        ):
            with pytest.raises(KeyFileUnreadable, match=says):
                ring.signer(f"file:{name}.key")

    def test_a_damaged_file_is_named(self, ring: Keyring, directory: Path) -> None:
        ring.create("acme", KeyType.ED25519)
        path = directory / "acme.key"
        path.write_bytes(path.read_bytes()[:-5])
        with pytest.raises(KeyFileUnreadable, match=r"acme\.key: The key file is damaged"):
            Keyring(directory, KEK).signer("file:acme.key")

    def test_the_list_of_public_keys_needs_no_secret(self, directory: Path) -> None:
        ring = Keyring(directory, KEK)
        assert ring.public_keys() == {}
        made = dict(ring.create(name, KeyType.ED25519) for name in ("b", "a"))
        listed = Keyring(directory, KeyEncryptionKey(bytes(32))).public_keys()
        assert list(listed) == ["file:a.key", "file:b.key"]
        assert listed == {uri: signer.public_key for uri, signer in made.items()}


class TestModes:
    @pytest.mark.parametrize("others", [0o040, 0o004, 0o020, 0o002, 0o010, 0o001, 0o077])
    def test_a_key_file_that_others_can_open_is_refused_with_the_command_to_run(
        self, directory: Path, others: int
    ) -> None:
        uri, _ = Keyring(directory, KEK).create("acme", KeyType.ED25519)
        path = directory / "acme.key"
        path.chmod(0o600 | others)
        with pytest.raises(KeyFileInsecure) as refused:
            Keyring(directory, KEK).signer(uri)
        command = str(refused.value).split("Run: ")[1].split(" (")[0]
        assert command == f"chmod 600 {path}"
        path.chmod(0o600)
        Keyring(directory, KEK).signer(uri)

    def test_a_file_that_its_owner_cannot_write_is_fine(self, directory: Path) -> None:
        uri, _ = Keyring(directory, KEK).create("acme", KeyType.ED25519)
        (directory / "acme.key").chmod(0o400)
        Keyring(directory, KEK).signer(uri)

    @pytest.mark.parametrize("others", [0o020, 0o002, 0o077])
    def test_a_directory_in_which_others_can_put_files_is_refused(self, directory: Path, others: int) -> None:
        uri, _ = Keyring(directory, KEK).create("acme", KeyType.ED25519)
        directory.chmod(0o700 | others)
        attempts: list[Callable[[Keyring], object]] = [
            lambda ring: ring.signer(uri),
            lambda ring: ring.create("another", KeyType.ED25519),
            lambda ring: ring.public_keys(),
        ]
        for attempt in attempts:
            with pytest.raises(KeyFileInsecure, match=re.escape(f"Run: chmod 700 {directory}")):
                attempt(Keyring(directory, KEK))
        directory.chmod(0o755)
        Keyring(directory, KEK).signer(uri)

    def test_one_open_key_makes_the_whole_directory_suspect(self, directory: Path) -> None:
        ring = Keyring(directory, KEK)
        for name in ("a", "b", "c"):
            ring.create(name, KeyType.ED25519)
        for name in ("a", "c"):
            (directory / f"{name}.key").chmod(0o644)
        with pytest.raises(KeyFileInsecure) as refused:
            Keyring(directory, KEK).signer("file:b.key")
        assert f"chmod 600 {directory}/a.key {directory}/c.key" in str(refused.value)

    def test_the_command_can_be_pasted_whatever_the_directory_is_called(self, tmp_path: Path) -> None:
        directory = tmp_path / "our keys; (old)"
        uri, _ = Keyring(directory, KEK).create("acme", KeyType.ED25519)
        (directory / "acme.key").chmod(0o644)
        with pytest.raises(KeyFileInsecure) as refused:
            Keyring(directory, KEK).signer(uri)
        assert f"chmod 600 '{directory}/acme.key'" in str(refused.value)


class TestSchemes:
    @pytest.mark.parametrize("uri", ["pkcs11:token=acme", "awskms:alias/acme", "acme.key", "", "FILE:acme.key", "://"])
    def test_an_unknown_scheme_names_the_known_ones(self, directory: Path, uri: str) -> None:
        with pytest.raises(UnknownKeyScheme, match="begin with file:, vault:"):
            Keyring(directory, KEK, openers={"vault": lambda _: generate(KeyType.P256)}).signer(uri)

    def test_an_opener_adds_a_scheme(self, directory: Path) -> None:
        token = generate(KeyType.P384)
        opened: list[str] = []

        def open_token(uri: str) -> Signer:
            opened.append(uri)
            return token

        ring = Keyring(directory, KEK, openers={"pkcs11": open_token})
        assert ring.signer("pkcs11:token=acme") is token
        assert ring.signer("pkcs11:token=acme") is token
        assert opened == ["pkcs11:token=acme"]

    def test_whatever_an_opener_meets_is_one_error(self, directory: Path) -> None:
        def absent(_: str) -> Signer:
            raise ConnectionRefusedError("the token is not there")

        ring = Keyring(directory, KEK, openers={"pkcs11": absent})
        with pytest.raises(SigningUnavailable, match="the token is not there"):
            ring.signer("pkcs11:token=acme")

    def test_the_file_scheme_is_not_replaced(self, directory: Path) -> None:
        with pytest.raises(ValueError, match="keyring's own"):
            Keyring(directory, KEK, openers={"file": lambda _: generate(KeyType.P256)})


class TestKeyEncryptionKeyFile:
    def test_it_is_made_once_and_read_again(self, tmp_path: Path) -> None:
        path = tmp_path / "kek"
        made = create_key_encryption_key(path)
        assert mode(path) == 0o600
        assert read_key_encryption_key(path) == made
        assert path.read_text() == made.to_text() + "\n"
        with pytest.raises(KeyExists, match="left as it is"):
            create_key_encryption_key(path)
        assert read_key_encryption_key(path) == made
        assert create_key_encryption_key(tmp_path / "other") != made

    def test_it_obeys_the_rule_of_modes(self, tmp_path: Path) -> None:
        path = tmp_path / "kek"
        create_key_encryption_key(path)
        path.chmod(0o640)
        with pytest.raises(KeyFileInsecure, match=re.escape(f"Run: chmod 600 {path}")):
            read_key_encryption_key(path)

    @pytest.mark.parametrize("content", [b"", b"\n", b"A" * 42, b"A" * 44, b"\xff" * 43, b"A" * 42 + b"=", b"A" * 4096])
    def test_anything_else_in_the_file_is_refused_and_not_shown(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "kek"
        path.touch(0o600)
        path.write_bytes(content)
        with pytest.raises(KeyFileUnreadable, match=r"base64url|longer") as refused:
            read_key_encryption_key(path)
        assert "AAAA" not in str(refused.value)

    def test_a_missing_file_is_a_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(KeyFileUnreadable, match="There is no file"):
            read_key_encryption_key(tmp_path / "kek")
