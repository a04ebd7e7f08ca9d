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


def held_elsewhere(fragment: str, key_uri: str) -> Sentence:
    """A key that somebody holds is not replaced by one in a file by chance."""
    return sentence(
        "the key #{fragment} is held at {place}: have a new one made there and name it, with --signer URI (or "
        "--signer file:, if this server is to keep it in a file)",
        fragment=fragment,
        place=key_uri,
    )


def of_another_type(key_uri: str, found: str, wanted: str) -> Sentence:
    """The holder has a key, but no such one."""
    return sentence(
        "The key {place} is of the type {found}, and one of {wanted} is wanted.",
        place=key_uri,
        found=found,
        wanted=wanted,
    )


def signed_already(key_uri: str, fragment: str) -> Sentence:
    """No key comes back."""
    return sentence(
        "the key {place} is #{fragment}, which signs or signed already: have a new one made",
        place=key_uri,
        fragment=fragment,
    )


def second_needed() -> Sentence:
    """Two people change these keys."""
    return sentence(
        "the keys of this organization are changed by two people: ask for it, and have another admin allow it"
    )


def emergency_is_not_for_held() -> Sentence:
    """One alone takes no key out of a holder, and puts none of another holder in place."""
    return sentence(
        "one person alone may replace a key of this server by another that this server makes; where a holder has the "
        "key, rotate it by two people first, then say that the old one is compromised"
    )


def replaced_in_emergency(fragment: str) -> Sentence:
    """Told to the others."""
    return sentence(
        "An admin said that the key #{fragment} may be in other hands, and replaced it without a second person.",
        fragment=fragment,
    )


def asked(replaces: str | None, fragment: str) -> Sentence:
    """Told to the others."""
    if replaces is None:
        return sentence("It is asked that the new key #{fragment} signs.", fragment=fragment)
    return sentence(
        "It is asked that the new key #{fragment} takes the place of #{before}.", fragment=fragment, before=replaces
    )


def asked_for_one() -> Sentence:
    """Told to the others."""
    return sentence("It is asked that one person alone may change the keys again.")


def does_not_count() -> Sentence:
    """Who is no admin, or was made one on a page since."""
    return sentence(
        "only admins count who were named before two people were asked for, or on the server since, with `guildmark "
        "admin grant`"
    )


def asker_does_not_count() -> Sentence:
    """His role was taken since."""
    return sentence("who asked for it is not an admin any more: refuse it, and ask for it anew")


def same_person() -> Sentence:
    """Nobody allows what he asked for."""
    return sentence("who asked for it cannot allow it: another admin has to")


def machine_twice() -> Sentence:
    """The command line is one pair of hands."""
    return sentence("it was asked for on the server's command line: allow it on the page of the keys")


def not_waiting() -> Sentence:
    """Used, refused, withdrawn or over."""
    return sentence("this request does not wait any more: it was allowed, refused or withdrawn, or its time is over")


def changed_meanwhile() -> Sentence:
    """The key to be replaced is another."""
    return sentence("the key that was to be replaced is another by now: refuse it, and ask for it anew")


def asked_already() -> Sentence:
    """One request at a time for one key."""
    return sentence("the same is asked for already: allow, refuse or withdraw that first")


def too_few() -> Sentence:
    """Nobody locks himself out."""
    return sentence("name a second admin first: with one alone nothing could be changed any more")


def no_request() -> Sentence:
    """No such id."""
    return sentence("there is no such request")


def two_already() -> Sentence:
    """The rule stands."""
    return sentence("two people change the keys already")


def one_already() -> Sentence:
    """There is no rule."""
    return sentence("one person changes the keys already")


def locked() -> Sentence:
    """There is no keyring."""
    return sentence("the signing keys of this server are locked")
