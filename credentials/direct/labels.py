"""From subjects and tails to canonical N-Quads, where the first-degree hashes of all blank nodes differ (RDFC-1.0)."""

from __future__ import annotations

from credentials.direct.walk import Blank
from credentials.rdfc import Hash, Quad


def label(blanks: list[Blank], hash_: Hash) -> bool:
    """Names every blank node (section 4.4.3, step 4), or is False if two of them have one hash.

    Then only the full algorithm can tell them apart.
    """
    by_hash = {hash_(_first_degree(blank).encode()).hexdigest(): blank for blank in blanks}
    for rank, digest in enumerate(sorted(by_hash)):
        by_hash[digest].name = f"_:c14n{rank}"
    return len(by_hash) == len(blanks)


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


def canonical(named: dict[str, list[str]], blanks: list[Blank]) -> bytes:
    """The sorted lines (section 4.4.3, step 6), once every blank node has its name.

    Lines are in order if the subjects are and, for each, the tails are: a tail begins with a space, which sorts before
    all that the name of a subject may go on with.
    """
    tails_of = _complete(named, blanks)
    lines = [f"{name}{name.join(sorted({*tails}))}".encode() for name, tails in sorted(tails_of.items()) if tails]
    return b"".join(lines)


def quads(named: dict[str, list[str]], blanks: list[Blank]) -> list[Quad]:
    """The same dataset for the full algorithm; blank nodes are numbered as the walk met them."""
    for number, blank in enumerate(blanks, 1):
        blank.name = f"_:{number}"
    tails_of = _complete(named, blanks)
    return [Quad(name, *tail[1:-3].split(" ", 1)) for name, tails in tails_of.items() for tail in tails]


def _complete(named: dict[str, list[str]], blanks: list[Blank]) -> dict[str, list[str]]:
    """All tails of each name, now with those that lead to blank nodes."""
    tails_of = dict(named)
    for blank in blanks:
        tails_of[blank.name] = blank.tails
        if blank.above is not None:
            blank.above_tails.append(f"{blank.lead}{blank.name} .\n")
    return tails_of
