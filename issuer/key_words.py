"""What is said of a signing key that cannot be used, made, replaced, retired or found so. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from credentials.sentence import Sentence, sentence

PROOF_KEYS = sentence("embedded proofs are made by cryptosuites of Ed25519 (eddsa) and of ECDSA (ecdsa)")
JWT_KEYS = sentence("JWTs are signed with RS256, ES256, ES384 or EdDSA")


def unfit(key_type: str, use: str, why: Sentence, fitting: str) -> Sentence:
    """A type that is of no use there, and those that are."""
    return sentence(
        "A {key_type} key cannot be used for {use}: {why}. Choose {fitting}.",
        key_type=key_type,
        use=use,
        why=why,
        fitting=fitting,
    )


def main_is(key_type: str, fragment: str) -> Sentence:
    """No second one of the main key's type."""
    return sentence(
        "the main key for embedded proofs, #{fragment}, is of the type {key_type} already: it signs whatever another "
        "one of that type could",
        fragment=fragment,
        key_type=key_type,
    )


def there_is(key_type: str, fragment: str) -> Sentence:
    """No second further key of a type."""
    return sentence(
        "there is a further key of the type {key_type}, #{fragment}: replace it, with "
        "`guildmark keys rotate --further {key_type}`",
        key_type=key_type,
        fragment=fragment,
    )


def there_is_none(key_type: str) -> Sentence:
    """Nothing to be replaced."""
    return sentence(
        "there is no further key of the type {key_type}: `guildmark keys add {key_type}` makes one", key_type=key_type
    )


def over(fragment: str) -> Sentence:
    """It retired before."""
    return sentence("the key #{fragment} does not sign any more", fragment=fragment)


def main(fragment: str, use: str) -> Sentence:
    """The main key is replaced, not retired."""
    return sentence(
        "the key #{fragment} is the main one: rotate the {use} key, then it retires", fragment=fragment, use=use
    )


def needed(fragment: str, programs: Sequence[str]) -> Sentence:
    """Programs ask for the proofs that only it makes."""
    return sentence(
        "the key #{fragment} signs the proofs that these programs ask for: {programs}. Change their “proofs” first",
        fragment=fragment,
        programs=", ".join(programs),
    )


def signing(fragment: str, use: str, *, further: bool) -> Sentence:
    """What signs is not to be distrusted yet."""
    first = sentence("retire it first") if further else sentence("rotate the {use} key first", use=use)
    return sentence("the key #{fragment} is still signing: {first}", fragment=fragment, first=first)


def to_come(since: datetime) -> Sentence:
    """Nobody can have signed with it tomorrow."""
    return sentence("{since} is yet to come: say since when the key is doubted", since=since)


def none_for(issuer: str, use: str) -> Sentence:
    """The issuer cannot sign."""
    return sentence("the issuer {slug} has no key for {use}: run `guildmark keys create`", slug=issuer, use=use)


def another(key_uri: str, verification_method: str) -> Sentence:
    """The keyring holds something else than was published."""
    return sentence(
        "the private key {key_uri} is not the one that {verification_method} publishes: put the right one back, or "
        "rotate the key",
        key_uri=key_uri,
        verification_method=verification_method,
    )


def unknown(issuer: str, fragment: str) -> Sentence:
    """No key has that fragment."""
    return sentence("the issuer {slug} has no key #{fragment}", slug=issuer, fragment=fragment)
