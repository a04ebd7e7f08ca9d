"""From subjects and tails to canonical N-Quads, where the first-degree hashes of all blank nodes differ (RDFC-1.0)."""

from __future__ import annotations

from credentials.direct.walk import Blank
from credentials.rdfc import Hash, Quad


def names_of(blanks: list[Blank], hash_: Hash) -> dict[Blank, str] | None:
    """The name of every blank node (section 4.4.3, step 4), or None if two of them have one hash.

    Then only the full algorithm can tell them apart.
    """
    by_hash = {_hashed(blank, hash_): blank for blank in blanks}
    if len(by_hash) != len(blanks):
        return None
    return {by_hash[digest]: f"_:c14n{rank}" for rank, digest in enumerate(sorted(by_hash))}


def _hashed(blank: Blank, hash_: Hash) -> str:
    """The blank node's first-degree hash; one in a part that recurs was hashed before."""
    known = blank.hashed
    if known is None or known[0] is not hash_:
        known = blank.hashed = (hash_, hash_(_first_degree(blank).encode()).hexdigest())
    return known[1]


def _first_degree(blank: Blank) -> str:
    """The sorted lines that section 4.6 hashes.

    A dataset is a set: equal quads count once, but quads to two blank nodes are two. The line that leads here is the
    first or the last, since `<` sorts before `_`, and `_:z` after `_:a`.
    """
    tails = {*blank.tails}
    own = "_:a".join(["", *sorted([*tails, *(f"{lead}_:z .\n" for lead in blank.leads)] if blank.leads else tails)])
    above = blank.above
    if above is None:
        return own
    return f"{above}{blank.lead}_:a .\n{own}" if isinstance(above, str) else f"{own}_:z{blank.lead}_:a .\n"


def canonical(named: dict[str, list[str]], names: dict[Blank, str]) -> bytes:
    """The sorted lines (section 4.4.3, step 6), once every blank node has its name.

    Lines are in order if the subjects are and, for each, the tails are: a tail begins with a space, which sorts before
    all that the name of a subject may go on with.
    """
    tails_of = _complete(named, names)
    return b"".join([_lines(name, tails).encode() for name, tails in sorted(tails_of.items()) if tails])


def _lines(name: str, tails: list[str]) -> str:
    once = {*tails}
    return f"{name}{name.join(sorted(tails if len(once) == len(tails) else once))}"  # a part's own are sorted already


def quads(named: dict[str, list[str]], blanks: list[Blank]) -> list[Quad]:
    """The same dataset for the full algorithm; blank nodes are numbered as the walk met them."""
    tails_of = _complete(named, {blank: f"_:{number}" for number, blank in enumerate(blanks, 1)})
    return [Quad(name, *tail[1:-3].split(" ", 1)) for name, tails in tails_of.items() for tail in tails]


def _complete(named: dict[str, list[str]], names: dict[Blank, str]) -> dict[str, list[str]]:
    """All tails of each name, now with those that lead to blank nodes. What the walk made is left as it is."""
    tails_of = {**named}
    for blank, name in names.items():
        tails_of[name] = blank.tails
    for blank, name in names.items():
        above = blank.above
        if above is not None:
            over = above if isinstance(above, str) else names[above]
            tails_of[over] = [*tails_of[over], f"{blank.lead}{name} .\n"]
    return tails_of
