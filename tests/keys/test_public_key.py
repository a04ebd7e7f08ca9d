"""A public key is sound or refused, and a signature fits, does not fit, or could not be checked."""

from __future__ import annotations

import pickle

import nacl.bindings
import nacl.signing
import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from keys import ed25519_signature, openssl_keys
from keys.algorithms import ALGORITHMS
from keys.ed25519_point import SMALL_ORDER as SMALL_ORDER_ENCODINGS
from keys.ed25519_point import L, P
from keys.errors import MalformedKey, SignatureMismatch, UnsupportedKey, VerificationUnavailable
from keys.openssl_keys import CURVES, DIGESTS
from keys.public_key import KeyType, PublicKey
from keys.signer import LocalSigner, generate
from tests.keys.conftest import SIGNERS

MESSAGE = b"This credential is hers."

# every encoding of a point of order 1, 2, 4 or 8: canonical, with y + p for y, or with the sign of x = 0 set
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",  # order 1
    "0100000000000000000000000000000000000000000000000000000000000080",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # order 2
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",  # order 4
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",  # order 8
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


class TestSignatures:
    def test_a_signature_fits_its_message_and_key_only(self, signer: LocalSigner) -> None:
        signature = signer.sign(MESSAGE)
        signer.public_key.verify(signature, MESSAGE)
        with pytest.raises(SignatureMismatch, match="does not fit"):
            signer.public_key.verify(signature, MESSAGE + b" ")
        with pytest.raises(SignatureMismatch):
            generate(signer.public_key.type).public_key.verify(signature, MESSAGE)

    def test_every_flipped_bit_of_a_signature_fails(self, signer: LocalSigner) -> None:
        signature = signer.sign(MESSAGE)
        for bit in range(8 * len(signature)):
            flipped = bytearray(signature)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(SignatureMismatch):
                signer.public_key.verify(bytes(flipped), MESSAGE)

    def test_every_flipped_bit_of_a_message_fails(self, signer: LocalSigner) -> None:
        signature = signer.sign(MESSAGE)
        for bit in range(8 * len(MESSAGE)):
            flipped = bytearray(MESSAGE)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(SignatureMismatch):
                signer.public_key.verify(signature, bytes(flipped))

    def test_a_signature_of_another_length_fails(self, signer: LocalSigner) -> None:
        signature = signer.sign(MESSAGE)
        size = signer.public_key.algorithm.signature_bytes
        assert size in (None, len(signature))
        for other in (b"", signature[:-1], signature + b"\0", b"\0" + signature, signature * 2):
            with pytest.raises(SignatureMismatch):
                signer.public_key.verify(other, MESSAGE)

    @settings(max_examples=50, deadline=None)
    @given(message=st.binary(max_size=300), key_type=st.sampled_from(list(KeyType)), junk=st.binary(max_size=300))
    def test_any_message_can_be_signed_and_junk_is_a_mismatch(
        self, message: bytes, key_type: KeyType, junk: bytes
    ) -> None:
        signer = SIGNERS[key_type]
        signer.public_key.verify(signer.sign(message), message)
        with pytest.raises(SignatureMismatch):
            signer.public_key.verify(junk, message)

    def test_a_check_that_could_not_be_made_is_no_verdict(
        self, signer: LocalSigner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        key, signature = signer.public_key, signer.sign(MESSAGE)

        def broken(*_: object) -> None:
            raise RuntimeError("the library is out of order")

        monkeypatch.setattr(ed25519_signature, "fits", broken)
        monkeypatch.setattr(openssl_keys, "verify", broken)
        with pytest.raises(VerificationUnavailable, match="could not be checked"):
            key.verify(signature, MESSAGE)


class TestEcdsa:
    @pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384])
    def test_s_and_its_negative_both_fit_as_honest_signers_make_both(self, key_type: KeyType) -> None:
        orders = {
            KeyType.P256: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
            KeyType.P384: int("F" * 48 + "C7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16),
        }
        signer, order = SIGNERS[key_type], orders[key_type]
        high = 0
        for number in range(40):
            message = str(number).encode()
            signature = signer.sign(message)
            half = len(signature) // 2
            s = int.from_bytes(signature[half:], "big")
            high += s > order // 2
            signer.public_key.verify(signature[:half] + (order - s).to_bytes(half, "big"), message)
        assert 0 < high < 40

    @pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384])
    def test_der_zero_and_numbers_beyond_the_order_fail(self, key_type: KeyType) -> None:
        private = ec.generate_private_key(CURVES[key_type])
        key = PublicKey.of(private.public_key())
        half = (key.algorithm.signature_bytes or 0) // 2
        der = private.sign(MESSAGE, ec.ECDSA(DIGESTS[key_type]))
        honest = LocalSigner(private).sign(MESSAGE)
        zero, huge = bytes(half), b"\xff" * half
        r, s = honest[:half], honest[half:]
        for forged in (
            b"\0" + r + b"\0" + s,
            bytes(9) + r + bytes(9) + s,
            der,
            zero + zero,
            honest[:half] + zero,
            zero + honest[half:],
            huge + huge,
            honest[:half] + huge,
        ):
            with pytest.raises(SignatureMismatch):
                key.verify(forged, MESSAGE)


class TestEd25519:
    @pytest.mark.parametrize("encoded", SMALL_ORDER)
    def test_every_encoding_of_a_small_order_point_is_refused(self, encoded: str) -> None:
        with pytest.raises(MalformedKey):
            PublicKey(KeyType.ED25519, bytes.fromhex(encoded))

    def test_the_library_alone_would_take_a_key_that_fits_every_message(self) -> None:
        identity = bytes.fromhex(SMALL_ORDER[0])
        forged = identity + bytes(32)
        library = ed25519.Ed25519PublicKey.from_public_bytes(identity)
        library.verify(forged, b"one message")
        library.verify(forged, b"and any other")
        with pytest.raises(MalformedKey, match="small order"):
            PublicKey.of(library)

    @pytest.mark.parametrize("y", range(P, 2**255))
    @pytest.mark.parametrize("sign", [0, 1])
    def test_y_at_or_above_the_prime_is_refused(self, y: int, sign: int) -> None:
        with pytest.raises(MalformedKey, match="canonical form"):
            PublicKey(KeyType.ED25519, (y | sign << 255).to_bytes(32, "little"))

    @settings(max_examples=60, deadline=None)
    @given(candidate=st.binary(min_size=32, max_size=32))
    def test_libsodium_agrees_which_bytes_are_a_key(self, candidate: bytes) -> None:
        try:
            PublicKey(KeyType.ED25519, candidate)
            accepted = True
        except MalformedKey:
            accepted = False
        if not accepted:
            assert not nacl.bindings.crypto_core_ed25519_is_valid_point(candidate)
            return
        # libsodium asks for the prime-order subgroup besides; eight times the point is in it
        point = candidate
        for _ in range(3):
            point = nacl.bindings.crypto_core_ed25519_add(point, point)
        assert nacl.bindings.crypto_core_ed25519_is_valid_point(point)

    @settings(max_examples=25, deadline=None)
    @given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200))
    def test_libsodium_makes_and_reads_the_same_signatures(self, seed: bytes, message: bytes) -> None:
        theirs = nacl.signing.SigningKey(seed)
        ours = LocalSigner(ed25519.Ed25519PrivateKey.from_private_bytes(seed))
        assert ours.public_key.material == theirs.verify_key.encode()
        assert ours.sign(message) == theirs.sign(message).signature
        ours.public_key.verify(theirs.sign(message).signature, message)

    def test_a_scalar_at_or_above_the_order_fails(self) -> None:
        signer = SIGNERS[KeyType.ED25519]
        signature = signer.sign(MESSAGE)
        scalar = int.from_bytes(signature[32:], "little")
        for multiple in range(1, 15):
            malleable = signature[:32] + (scalar + multiple * L).to_bytes(32, "little")
            with pytest.raises(SignatureMismatch):
                signer.public_key.verify(malleable, MESSAGE)

    def test_a_scalar_or_r_that_is_refused_is_refused_in_our_own_code(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def takes_everything(*_: object) -> None:
            """A library that checks nothing."""

        key = SIGNERS[KeyType.ED25519].public_key
        monkeypatch.setattr(ed25519_signature, "crypto_sign_open", takes_everything)
        key.verify(key.material + (L - 1).to_bytes(32, "little"), MESSAGE)
        with pytest.raises(SignatureMismatch):
            key.verify(key.material + L.to_bytes(32, "little"), MESSAGE)
        for encoded in SMALL_ORDER_ENCODINGS:
            with pytest.raises(SignatureMismatch):
                key.verify(encoded + bytes(32), MESSAGE)

    @pytest.mark.parametrize("encoded", ["01" + "00" * 30 + "80", "ec" + "ff" * 31])
    def test_a_sign_of_zero_is_not_canonical(self, encoded: str) -> None:
        with pytest.raises(MalformedKey, match="sign bit"):
            PublicKey(KeyType.ED25519, bytes.fromhex(encoded))

    @pytest.mark.parametrize("size", [0, 31, 33, 64])
    def test_another_length_is_refused(self, size: int) -> None:
        with pytest.raises(MalformedKey, match="32 bytes"):
            PublicKey(KeyType.ED25519, b"\x09" * size)

    def test_a_number_that_is_no_point_is_refused(self) -> None:
        with pytest.raises(MalformedKey, match="not a point"):
            PublicKey(KeyType.ED25519, (2).to_bytes(32, "little"))

    def test_rfc_8032_section_7_1(self) -> None:
        key = PublicKey(
            KeyType.ED25519, bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        )
        signature = bytes.fromhex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        )
        key.verify(signature, bytes.fromhex("72"))


class TestEllipticCurves:
    @pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384])
    def test_only_a_compressed_point_of_the_curve_is_a_key(self, key_type: KeyType) -> None:
        private = ec.generate_private_key(CURVES[key_type])
        honest = PublicKey.of(private.public_key()).material
        uncompressed = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        size = len(honest) - 1
        for wrong in (
            b"",
            b"\0",
            uncompressed,
            honest[:-1],
            honest + b"\0",
            b"\x04" + honest[1:],
            b"\2" + b"\xff" * size,
        ):
            with pytest.raises(MalformedKey):
                PublicKey(key_type, wrong)

    @pytest.mark.parametrize("key_type", [KeyType.P256, KeyType.P384])
    def test_about_half_of_all_x_are_off_the_curve_and_refused(self, key_type: KeyType) -> None:
        refused = 0
        for x in range(1, 41):
            try:
                PublicKey(key_type, b"\2" + x.to_bytes((ALGORITHMS[key_type].material_bytes or 0) - 1, "big"))
            except MalformedKey:
                refused += 1
        assert 5 < refused < 35

    def test_a_key_of_one_curve_is_none_of_the_other(self) -> None:
        with pytest.raises(MalformedKey):
            PublicKey(KeyType.P384, SIGNERS[KeyType.P256].public_key.material)


class TestRsa:
    @staticmethod
    def der(n: int, e: int) -> bytes:
        def integer(number: int) -> bytes:
            body = number.to_bytes(number.bit_length() // 8 + 1, "big")
            return b"\x02" + length(len(body)) + body

        def length(size: int) -> bytes:
            return bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")

        content = integer(n) + integer(e)
        return b"\x30" + length(len(content)) + content

    def test_the_plain_der_is_what_this_test_writes(self) -> None:
        key = PublicKey(KeyType.RSA, self.der(2**2047 + 1, 65537))
        assert key.jwk_members()["e"] == "AQAB"

    @pytest.mark.parametrize(
        ("n", "e"),
        [
            (2**1023 + 1, 65537),
            (2**2046 + 1, 65537),
            (2**8192 + 1, 65537),
            (2**9000 + 1, 65537),
            (2**2047, 65537),
            (2**2047 + 1, 1),
            (2**2047 + 1, 3),
            (2**2047 + 1, 65535),
            (2**2047 + 1, 65538),
            (2**2047 + 1, 2**64 + 1),
            (0, 65537),
        ],
        ids=lambda number: f"{number.bit_length()} bits",
    )
    def test_weak_and_oversized_keys_are_refused(self, n: int, e: int) -> None:
        with pytest.raises(MalformedKey):
            PublicKey(KeyType.RSA, self.der(n, e))

    @pytest.mark.parametrize("bits", [2048, 3072, 8192])
    def test_the_bounds_are_inside(self, bits: int) -> None:
        PublicKey(KeyType.RSA, self.der(2 ** (bits - 1) + 1, 65537))

    def test_leftovers_other_wrappings_and_other_keys_are_refused(self) -> None:
        honest = SIGNERS[KeyType.RSA].public_key.material
        private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        wrapped = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        other = ed25519.Ed25519PrivateKey.generate().public_key()
        other_wrapped = other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for wrong in (b"", honest + b"\0", honest[:-1], wrapped, other_wrapped, b"0" * 5000):
            with pytest.raises(MalformedKey):
                PublicKey(KeyType.RSA, wrong)

    def test_a_key_of_1024_bits_is_refused_whatever_the_library_says(self) -> None:
        weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - a weak key is the point
        with pytest.raises(MalformedKey, match="1024 bits"):
            LocalSigner(weak)


class TestIdentity:
    def test_keys_of_other_types_are_unsupported(self) -> None:
        for key in (
            ec.generate_private_key(ec.SECP521R1()).public_key(),
            ec.generate_private_key(ec.SECP256K1()).public_key(),
            x25519.X25519PrivateKey.generate().public_key(),
            dsa.DSAPublicNumbers(2, dsa.DSAParameterNumbers(2**2047 + 1, 2**255 + 1, 2)),
            "a text",
        ):
            with pytest.raises(UnsupportedKey, match="Ed25519, P-256, P-384, RSA"):
                PublicKey.of(key)

    def test_equal_keys_are_equal_and_survive_a_pickle(self, signer: LocalSigner) -> None:
        key = signer.public_key
        again: PublicKey = pickle.loads(pickle.dumps(key))  # noqa: S301 - our own bytes
        assert again == key
        assert len({again, key}) == 1

    def test_what_comes_out_of_a_pickle_is_looked_at_like_any_other(self, signer: LocalSigner) -> None:
        key = signer.public_key
        pickled = pickle.dumps(key)
        changed = pickled.replace(key.material, b"\xff" * len(key.material))
        assert changed != pickled
        with pytest.raises(MalformedKey):
            pickle.loads(changed)  # noqa: S301 - our own bytes

    def test_thumbprint_of_rfc_7638_section_3_1(self) -> None:
        from keys.jwk import from_jwk

        n = (
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
            "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdA"
            "ZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-"
            "kEgU8awapJzKnqDKgw"
        )
        key = from_jwk({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"})
        assert key.thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"

    def test_thumbprint_of_rfc_8037_appendix_a_3(self) -> None:
        from keys.jwk import from_jwk

        key = from_jwk({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
        assert key.thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
