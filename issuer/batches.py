"""Step 1 of issuing: a list of awards is read and held against everything that could refuse one of them.

Nothing is made unless all of it can be. So all requests are gone over before the first credential is allocated, a
thousand at a time, and what was gone over is kept for the steps that follow (`issuer.orders`). Refusals come in this
order, each with every fault of its kind: what is wrong with a request by itself; the same award twice; a key that was
used for something else; the levels' rules; what would not make a valid credential.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice, pairwise

from sqlalchemy.orm import Session

from credentials.sentence import sentence
from issuer.allocation import conflicts, digests_of
from issuer.assessment.allowed import Order as Asked
from issuer.assessment.allowed import faults_of_awards, may_be_refused
from issuer.assessment.versions import level_of
from issuer.awards import AwardRequest, Seen, digest_of, faults_of
from issuer.collector import collector_resting
from issuer.errors import AwardsRefused, Fault, IdempotencyConflict
from issuer.issuers import Issuer, as_issuer, issuer_row
from issuer.orders import Order, Orders
from issuer.prepare import award_validity
from issuer.programs import Achievement, Catalogue, catalogue_of
from issuer.proof_choice import require_keys
from issuer.rehearsal import Rehearsal
from issuer.signing_keys import Use, active_key, opened
from issuer.store import Database
from issuer.tables import IssuerRow
from keys.keyring import Keyring

_AT_ONCE = 1_000

Validity = tuple[datetime, datetime | None]


class Batch:
    """What was read, and the orders that were checked."""

    def __init__(self, issuer_id: int, issuer: Issuer, orders: Orders) -> None:
        self.issuer_id = issuer_id
        self.issuer = issuer
        self.orders = orders
        # One entry for each level version and day of the list; since 1970 there are not many days.
        self._validity: dict[tuple[int, date], Validity] = {}

    def validity(self, order: Order) -> Validity:
        """`award_validity`, reckoned once for all awards of a level on a day."""
        known = (order.level.row_id, order.request.awarded_on)
        if known not in self._validity:
            self._validity[known] = award_validity(order.request, order.level)
        return self._validity[known]


def read_batch(
    db: Database, keyring: Keyring, issuer: str | None, requests: Iterable[AwardRequest], *, source: str, now: datetime
) -> Batch:
    """Step 1. Whatever can be refused is refused here, for all requests together.

    Raises AwardsRefused, IdempotencyConflict, UnknownIssuer, NoSigningKey, KeyMismatch and what the keyring raises.
    """
    with db.read() as session:
        owner = issuer_row(session, issuer)
        catalogue = catalogue_of(session, owner)
        keys = [active_key(session, owner, use) for use in Use]
        known, issuer_id = as_issuer(owner), owner.id
    for key in keys:
        opened(keyring, key)
    check = _Check(known, catalogue, source, now, Orders(packed=not isinstance(requests, Sequence)))
    for piece in _pieces(requests):
        with collector_resting(), db.read() as session:
            check.take(session, session.get_one(IssuerRow, issuer_id), piece)
    check.refuse()
    if check.ruled:
        _check_rules(db, issuer_id, check, source=source, now=now)
    if check.unfit:
        raise _refused(check.unfit)
    _require_keys(db, keyring, issuer_id, check.levels.values())
    return Batch(issuer_id, known, check.orders)


def _require_keys(db: Database, keyring: Keyring, issuer_id: int, levels: Iterable[Achievement | None]) -> None:
    """That the cryptosuites that programs ask for have keys, and that these open."""
    named = {name: None for level in levels if level is not None for name in level.proofs}
    if named:
        with db.read() as session:
            keys = require_keys(session, session.get_one(IssuerRow, issuer_id), [*named])
        for key in keys:
            opened(keyring, key)


class _Check:
    """Everything that one look at each request shows."""

    def __init__(self, issuer: Issuer, catalogue: Catalogue, source: str, now: datetime, orders: Orders) -> None:
        self.orders = orders
        self.levels: dict[tuple[str, str, str | None], Achievement | None] = {}
        self.unfit: list[Fault] = []
        self.made_before = False
        self.ruled = False
        """Whether the levels' rules could refuse one of them; of most lists they could not, and nobody looks again."""
        self._source = source
        self._catalogue = catalogue
        self._now = now
        self._position = {
            (program.slug, level.level): number
            for program in catalogue.programs.values()
            for number, level in enumerate(program.levels)
        }
        self._rehearsal = Rehearsal(issuer)
        self._seen = Seen()
        self._harmless = Seen()
        self._hashes = array("q")  # a set of a million would take ten times as much
        self._count = 0
        self._faults: list[Fault] = []
        self._conflicts: list[Fault] = []

    def take(self, session: Session, owner: IssuerRow, requests: Sequence[AwardRequest]) -> None:
        """Look at the next requests. After the first that is wrong by itself, only the like is looked for."""
        orders = [order for request in requests if (order := self._order(session, owner, request)) is not None]
        if self._faults:
            return
        self._hashes.extend([hash(one.key) for one in orders])
        digests = digests_of(session, owner.id, [one.key for one in orders])
        self.made_before = self.made_before or bool(digests)
        self._conflicts += conflicts(((one.key, one.digest, one.request.origin) for one in orders), digests)
        fresh = [(one.request, one.level) for one in orders if one.key not in digests]
        self.unfit += self._rehearsal.faults_of(fresh)
        self.ruled = self.ruled or any(self._may_be_refused(*one) for one in fresh)
        for position, those in _by_position(orders, self._position).items():
            self.orders.keep(position, those)

    def refuse(self) -> None:
        """Raises AwardsRefused or IdempotencyConflict for what was found, but for `unfit`, which comes last."""
        if faults := self._faults or list(_faults_of_doubled(_twice(self._hashes), self.orders)):
            raise _refused(faults)
        if self._conflicts:
            raise IdempotencyConflict(self._conflicts)

    def _may_be_refused(self, request: AwardRequest, level: Achievement) -> bool:
        if level.evidence:
            return may_be_refused(request, level, source=self._source)
        named = tuple([item.rule for item in request.evidence])
        return not self._harmless.right(
            (level.row_id, request.results, named), lambda: not may_be_refused(request, level, source=self._source)
        )

    def _order(self, session: Session, owner: IssuerRow, request: AwardRequest) -> Order | None:
        self._count += 1
        asked = (request.program, request.level, request.version)
        if asked not in self.levels:
            self.levels[asked] = level_of(session, owner, self._catalogue, request)
        level = self.levels[asked]
        faults = faults_of(request, self._catalogue, self._now, level, seen=self._seen)
        if level is None and not faults:
            what = sentence(
                "the level {level} has no version {version!r}", level=request.level, version=request.version
            )
            faults = (Fault("version", what, sentence("leave it out: the newest is meant")).within(request.origin),)
        if faults or self._faults or level is None:
            self._faults += faults
            return None
        text = request.text
        return Order(request, level, request.key, digest_of(text), text, self._count)


def _by_position(orders: Sequence[Order], position: Mapping[tuple[str, str], int]) -> Mapping[int, list[Order]]:
    found: defaultdict[int, list[Order]] = defaultdict(list)
    for one in orders:
        found[position.get((one.level.program, one.level.level), 0)].append(one)
    return found


def _twice(hashes: array[int]) -> frozenset[int]:
    in_order = sorted(hashes)
    return frozenset(one for one, following in pairwise(in_order) if one == following)


def _faults_of_doubled(hashes: Collection[int], orders: Orders) -> Iterator[Fault]:
    """By hash it is known that there may be some; who is meant is found out here."""
    if not hashes:
        return
    suspects = sorted([one for one in orders if hash(one.key) in hashes], key=lambda one: one.number)
    first: dict[str, Order] = {}
    for one in suspects:
        if first.setdefault(one.key, one) is not one:  # else two keys have one hash
            yield Fault(
                one.name,
                sentence("this is the same award as {name}", name=first[one.key].name),
                sentence("keep one of them"),
            )


def _check_rules(db: Database, issuer_id: int, check: _Check, *, source: str, now: datetime) -> None:
    """What the levels demand before they are awarded: prerequisites, an assessment, evidence. Raises AwardsRefused."""
    beside = _beside(check)
    faults: list[Fault] = []
    for chunk in check.orders.chunks(_AT_ONCE):
        keys = [one.key for one in chunk]
        with db.read() as session:
            made = digests_of(session, issuer_id, keys) if check.made_before else {}
        while found := _refusals(db, issuer_id, chunk, made, beside, source=source, now=now):
            # The same request may have been made by another call meanwhile: what speaks against it then is itself.
            with db.read() as session:
                since = digests_of(session, issuer_id, keys)
            if since.keys() <= made.keys():
                break
            made = since
        faults += found
    if faults:
        raise _refused(faults)


def _refusals(
    db: Database,
    issuer_id: int,
    chunk: Sequence[Order],
    made: Mapping[str, str],
    beside: Mapping[str, Sequence[Asked]],
    *,
    source: str,
    now: datetime,
) -> list[Fault]:
    """What the rules say against the awards of which none is `made`."""
    fresh = [(one.request, one.level) for one in chunk if one.key not in made]
    addresses = {request.address for request, _ in fresh} if beside else set()
    with db.read() as session:
        return faults_of_awards(
            session,
            session.get_one(IssuerRow, issuer_id),
            fresh,
            source=source,
            now=now,
            batch=[one for address in addresses for one in beside.get(address, ())],
        )


def _beside(check: _Check) -> Mapping[str, Sequence[Asked]]:
    """By address, awards of this list of levels that others of this list demand; most lists have none."""
    demanded = {
        (one.program or level.program, one.level)
        for level in check.levels.values()
        if level is not None
        for rule in level.prerequisites
        for one in rule.of
    }
    found: defaultdict[str, list[Asked]] = defaultdict(list)
    if demanded & {(program, level) for program, level, _ in check.levels}:
        for one in check.orders:
            if (one.level.program, one.level.level) in demanded:
                found[one.request.address].append((one.request, one.level))
    return found


def _refused(faults: Sequence[Fault]) -> AwardsRefused:
    return AwardsRefused("The list of awards", faults)


def _pieces(requests: Iterable[AwardRequest]) -> Iterator[list[AwardRequest]]:
    rest = iter(requests)
    while piece := list(islice(rest, _AT_ONCE)):
        yield piece
