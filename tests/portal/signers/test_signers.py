"""Keys that others hold sign as ours do: SoftHSM, transit, AWS KMS (moto), Cloud KMS; and what is said if not."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from moto.server import ThreadedMotoServer
from pkcs11 import Attribute, Mechanism
from pkcs11.util.ec import encode_named_curve_parameters

from keys.errors import HolderDown, HolderRefused, KeysError, MalformedKeyUri, SigningUnavailable
from keys.held_signer import HeldSigner, Line, done_together
from keys.keyring import Keyring
from keys.pkcs11_uri import parse_pkcs11_uri
from keys.public_key import KeyType
from keys.signer import generate, generate_private_key
from keys.unlock import KeyEncryptionKey
from portal.settings import Settings
from portal.signers.opening import openers_of
from tests.portal.signers.holders import CloudKms, Holder, Transit

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # connections live as long as keyrings
]
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "4711"
softhsm = pytest.mark.skipif(
    not MODULE.exists() or not shutil.which("softhsm2-util"), reason="softhsm2 is not installed"
)
GCP = "gcpkms:projects/p/locations/l/keyRings/r/cryptoKeys/{}/cryptoKeyVersions/1"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A token of SoftHSM 2 with a key of each type, made inside it."""
    home = tmp_path_factory.mktemp("hsm")
    (home / "tokens").mkdir()
    (home / "conf").write_text(f"directories.tokendir = {home}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(home / "conf"))
        for label in ("acme", "other"):
            command = [
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                label,
                "--so-pin",
                "12345678",
                "--pin",
                PIN,
            ]
            subprocess.run(command, check=True, capture_output=True)
        with pkcs11.lib(str(MODULE)).get_token(token_label="acme").open(rw=True, user_pin=PIN) as session:
            for curve, name in (("secp256r1", "P-256"), ("secp384r1", "P-384")):
                parameters = {Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}
                session.create_domain_parameters(pkcs11.KeyType.EC, parameters, local=True).generate_keypair(
                    store=True, label=name, id=name.encode()
                )
            parameters = {Attribute.EC_PARAMS: bytes.fromhex("06032b6570")}
            session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, parameters, local=True).generate_keypair(
                mechanism=Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label="Ed25519", id=b"Ed25519"
            )
            session.generate_keypair(pkcs11.KeyType.RSA, 2048, store=True, label="RSA", id=b"RSA")
        yield "pkcs11:token=acme;object={}"


@pytest.fixture(scope="module")
def transit() -> Iterator[Holder]:
    holder = Holder(Transit.answer)
    for one in KeyType:
        holder.make(one.value, one)
    yield holder
    holder.close()


@pytest.fixture(scope="module")
def cloud() -> Iterator[Holder]:
    holder = Holder(CloudKms.answer)
    for one in KeyType:
        holder.make(one.name, one)
    yield holder
    holder.close()


@pytest.fixture(scope="module")
def aws() -> Iterator[tuple[str, dict[KeyType, str]]]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1",
        }.items():  # fmt: skip
            patch.setenv(name, value)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        origin = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
        client: Any = boto3.client("kms", endpoint_url=origin)
        specs = {KeyType.P256: "ECC_NIST_P256", KeyType.P384: "ECC_NIST_P384", KeyType.RSA: "RSA_2048"}
        made = {
            one: client.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
            for one, spec in specs.items()
        }
        client.close()
        yield origin, made
        server.stop()


def ring(tmp_path: Path, **settings: Any) -> Keyring:
    made = Settings(home=tmp_path, **{"signer_deadline": timedelta(seconds=5), **settings})
    return Keyring(tmp_path / "keys", KeyEncryptionKey(b"k" * 32), openers=openers_of(made))


def vault(tmp_path: Path, holder: Holder, token: str = "good", **more: Any) -> Keyring:  # noqa: S107
    return ring(tmp_path, vault_address=holder.origin, vault_token=token, **more)


def google(tmp_path: Path, holder: Holder) -> Keyring:
    key = generate_private_key(KeyType.RSA).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {"type": "service_account", "client_email": "a@p.example", "private_key": key, "private_key_id": "1",
               "token_uri": f"{holder.origin}/token"}  # fmt: skip
    file = tmp_path / "account.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps(account))
    return ring(tmp_path, gcpkms_endpoint=holder.origin, gcpkms_credentials_file=Path("account.json"))


def signs(keyring: Keyring, uri: str, wanted: KeyType) -> HeldSigner:
    exact, signer = keyring.adopt(uri)
    assert isinstance(signer, HeldSigner)
    assert signer.public_key.type is wanted
    for message in (b"short", b"x" * 4096):
        signer.public_key.verify(signer.sign(message), message)
    assert keyring.signer(exact) is signer
    return signer


@softhsm
@pytest.mark.parametrize("key_type", list(KeyType))
def test_a_token_signs(tmp_path: Path, token: str, key_type: KeyType) -> None:
    keyring = ring(tmp_path, pkcs11_module=MODULE, pkcs11_pin=PIN)
    signer = signs(keyring, token.format(key_type.value), key_type)
    assert signer.uri == f"pkcs11:token=acme;object={key_type.value};type=private"
    made = done_together([lambda n=n: signer.sign(b"%d" % n) for n in range(40)], signer.line.at_once)
    for n, signature in enumerate(made):
        signer.public_key.verify(signature, b"%d" % n)


@pytest.mark.parametrize("key_type", list(KeyType))
def test_transit_signs(tmp_path: Path, transit: Holder, key_type: KeyType) -> None:
    signer = signs(vault(tmp_path, transit), f"vault:transit/{key_type.value}", key_type)
    assert signer.uri == f"vault:transit/{key_type.value}?version=1"


@pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384, KeyType.RSA])
def test_aws_signs(tmp_path: Path, aws: tuple[str, dict[KeyType, str]], key_type: KeyType) -> None:
    origin, made = aws
    signer = signs(ring(tmp_path, awskms_endpoint=origin), f"awskms:{made[key_type].rpartition('/')[2]}", key_type)
    assert signer.uri == f"awskms:{made[key_type]}"


@pytest.mark.parametrize("key_type", list(KeyType))
def test_google_signs(tmp_path: Path, cloud: Holder, key_type: KeyType) -> None:
    signs(google(tmp_path, cloud), GCP.format(key_type.name), key_type)


def test_a_version_of_a_key_stays_when_the_key_is_rotated_where_it_is_held(tmp_path: Path) -> None:
    holder = Holder(Transit.answer)
    holder.make("badges", KeyType.ED25519)
    keyring = vault(tmp_path, holder)
    uri, first = keyring.adopt("vault:transit/badges")
    holder.make("badges", KeyType.ED25519)
    first.public_key.verify(first.sign(b"m"), b"m")
    later, second = vault(tmp_path, holder).adopt("vault:transit/badges")
    assert (uri, later) == ("vault:transit/badges?version=1", "vault:transit/badges?version=2")
    assert second.public_key != first.public_key
    holder.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path, holder: vault(path, holder, "stolen").adopt("vault:transit/Ed25519"), "permission denied"),
        (lambda path, holder: vault(path, holder, "reader").adopt("vault:transit/Ed25519"), "permission denied"),
        (lambda path, holder: vault(path, holder).adopt("vault:transit/none"), "404"),
        (lambda path, holder: vault(path, holder).adopt("vault:transit/Ed25519?version=7"), "has no vault:transit"),
        (lambda path, _: ring(path).adopt("vault:transit/Ed25519"), "Set vault_address"),
        (lambda path, _: ring(path).adopt("pkcs11:token=a;object=b"), "Set pkcs11_module"),
        (lambda path, _: ring(path, pkcs11_module="/nowhere.so").adopt("pkcs11:token=a;object=b"), "cannot be used"),
    ],
)  # fmt: skip
def test_what_a_holder_refuses_is_a_sentence(
    tmp_path: Path, transit: Holder, make: Callable[[Path, Holder], object], words: str
) -> None:
    with pytest.raises(HolderRefused) as caught:
        make(tmp_path, transit)
    assert words in str(caught.value)


@softhsm
@pytest.mark.parametrize(
    ("uri", "pin", "words"),
    [
        ("pkcs11:token=other;object=a", "0000", "PinIncorrect"),
        ("pkcs11:token=acme;object=none", PIN, "There is not one private key"),
    ],
)
def test_what_a_token_refuses_is_a_sentence(tmp_path: Path, token: str, uri: str, pin: str, words: str) -> None:
    with pytest.raises(HolderRefused) as caught:
        ring(tmp_path, pkcs11_module=MODULE, pkcs11_pin=pin).adopt(uri)
    assert words in str(caught.value)
    assert pin not in str(caught.value)


def test_a_holder_that_is_slow_or_gone_is_given_up_and_left_alone_for_a_while(tmp_path: Path) -> None:
    holder = Holder(Transit.answer)
    holder.make("badges", KeyType.ED25519)
    _, signer = vault(tmp_path, holder, signer_deadline=timedelta(milliseconds=300)).adopt("vault:transit/badges")
    holder.slow, begun = 5, time.monotonic()
    with pytest.raises(HolderDown, match=r"did not answer within 0\.3 s|cannot be reached") as caught:
        signer.sign(b"m")
    assert time.monotonic() - begun < 2
    assert caught.value.retry_after == 5
    asked = len(holder.asked)
    with pytest.raises(HolderDown, match="asked again in"):
        signer.sign(b"m")
    assert len(holder.asked) == asked
    holder.close()


def test_after_its_rest_a_holder_is_asked_again() -> None:
    now = [0.0]
    key = generate(KeyType.ED25519)
    answers: list[Exception | None] = [HolderDown("sealed"), None]

    def make(message: bytes) -> bytes:
        if (error := answers.pop(0)) is not None:
            raise error
        return key.sign(message)

    line = Line("It", deadline=2, at_once=1, monotonic=lambda: now[0])
    signer = HeldSigner("vault:a/b?version=1", key.public_key, line, make)
    for _ in range(2):
        with pytest.raises(HolderDown, match="sealed"):
            signer.sign(b"m")
    now[0] = 6
    key.public_key.verify(signer.sign(b"m"), b"m")


def test_a_signature_that_the_public_key_does_not_verify_is_not_handed_on() -> None:
    key, other = generate(KeyType.ED25519), generate(KeyType.ED25519)
    line = Line("It", deadline=2, at_once=2, monotonic=time.monotonic)
    signer = HeldSigner("vault:a/b?version=1", key.public_key, line, other.sign)
    with pytest.raises(SigningUnavailable, match="does not verify"):
        signer.sign(b"m")


def test_signatures_are_asked_for_together_and_never_more_than_agreed(tmp_path: Path) -> None:
    holder = Holder(Transit.answer)
    holder.make("badges", KeyType.ED25519)
    _, signer = vault(tmp_path, holder, signer_at_once=4).adopt("vault:transit/badges")
    holder.slow = 0.05
    done_together([lambda n=n: signer.sign(b"%d" % n) for n in range(12)], 12)
    assert 2 <= holder.most_together <= 4
    holder.close()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pkcs11:object=b", "name the token"),
        ("pkcs11:token=a", "name the key"),
        ("pkcs11:token=a;object=b?pin-value=1234", "set pkcs11_pin_file"),
        ("pkcs11:token=a;object=b?module-path=/tmp/evil.so", "set pkcs11_module"),
        ("pkcs11:token=a;object=b;object=c", "twice"),
        ("pkcs11:token=a;id=%zz", "hexadecimal"),
        ("pkcs11:token=a;object=b;type=public", "type must be private"),
        ("pkcs11:token=a b;object=c", "no PKCS #11 URI"),
        ("vault:../sys/key?version=1", "does not name a key in Vault"),
        ("vault:transit/a?version=0", "does not name a key in Vault"),
        ("gcpkms:projects/p/locations/l/keyRings/r/cryptoKeys/k", "does not name a version"),
        ("awskms:http://169.254.169.254/", "does not name a key of AWS KMS"),
        ("file:anything.key", "Keys in files are made here"),
    ],
)
def test_a_name_that_is_none_is_refused_before_anybody_is_asked(
    tmp_path: Path, transit: Holder, text: str, words: str
) -> None:
    keyring = ring(tmp_path, pkcs11_module=MODULE, vault_address=transit.origin, vault_token="good")
    with pytest.raises(KeysError) as caught:
        keyring.adopt(text)
    assert isinstance(caught.value, MalformedKeyUri)
    assert words in str(caught.value)
    assert "1234" not in str(caught.value)


def test_a_uri_is_written_as_it_was_read() -> None:
    text = "pkcs11:token=My%20token;serial=01;object=a%3Bb;id=%00%FF;type=private"
    assert str(parse_pkcs11_uri(text)) == text
