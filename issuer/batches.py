"""Step 1 of issuing: a list of awards is read and held against everything that could refuse one of them.

Nothing is made unless all of it can be. So all requests are gone over before the first credential is allocated, a
thousand at a time, and what was gone over is kept for the steps that follow (`issuer.orders`). Refusals come in this
order, each with every fault of its kind: what is wrong with a request by itself; the same award twice; a key that was
used for something else; the levels' rules; what would not make a valid credential.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice

from sqlalchemy.orm import Session

from issuer.allocation import conflicts, digests_of
from issuer.assessment.allowed import Order as Asked
from issuer.assessment.allowed import faults_of_awards
from issuer.assessment.versions import level_of
from issuer.awards import AwardRequest, faults_of
from issuer.errors import AwardsRefused, Fault, IdempotencyConflict
from issuer.issuers import Issuer, as_issuer, issuer_row
from issuer.orders import Order, Orders
from issuer.prepare import award_validity
from issuer.programs import Achievement, Catalogue, catalogue_of
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
    check = _Check(known, catalogue, now, Orders(packed=not isinstance(requests, Sequence)))
    for piece in _pieces(requests):
        with db.read() as session:
            check.take(session, session.get_one(IssuerRow, issuer_id), piece)
    check.refuse()
    _check_rules(db, issuer_id, check, source=source, now=now)
    if check.unfit:
        raise _refused(check.unfit)
    return Batch(issuer_id, known, check.orders)


class _Check:
    """Everything that one look at each request shows."""

    def __init__(self, issuer: Issuer, catalogue: Catalogue, now: datetime, orders: Orders) -> None:
        self.orders = orders
        self.levels: dict[tuple[str, str, str | None], Achievement | None] = {}
        self.unfit: list[Fault] = []
        self.made_before = False
        self._catalogue = catalogue
        self._now = now
        self._position = {
            (program.slug, level.level): number
            for program in catalogue.programs.values()
            for number, level in enumerate(program.levels)
        }
        self._rehearsal = Rehearsal(issuer)
        self._days: set[tuple[int, date]] = set()
        self._hashes: set[int] = set()
        self._count = 0
        self._doubled: list[Order] = []
        self._faults: list[Fault] = []
        self._conflicts: list[Fault] = []

    def take(self, session: Session, owner: IssuerRow, requests: Sequence[AwardRequest]) -> None:
        """Look at the next requests. After the first that is wrong by itself, only the like is looked for."""
        orders = [order for request in requests if (order := self._order(session, owner, request)) is not None]
        if self._faults:
            return
        self._find_doubled(orders)
        digests = digests_of(session, owner.id, [one.key for one in orders])
        self.made_before = self.made_before or bool(digests)
        self._conflicts += conflicts(((one.key, one.digest, one.request.origin) for one in orders), digests)
        fresh = [(one.request, one.level) for one in orders if one.key not in digests]
        self.unfit += self._rehearsal.faults_of(fresh)
        for position, those in _by_position(orders, self._position).items():
            self.orders.keep(position, those)

    def refuse(self) -> None:
        """Raises AwardsRefused or IdempotencyConflict for what was found, but for `unfit`, which comes last."""
        if faults := self._faults or list(_faults_of_doubled(self._doubled, self.orders)):
            raise _refused(faults)
        if self._conflicts:
            raise IdempotencyConflict(self._conflicts)

    def _order(self, session: Session, owner: IssuerRow, request: AwardRequest) -> Order | None:
        self._count += 1
        asked = (request.program, request.level, request.version)
        if asked not in self.levels:
            self.levels[asked] = level_of(session, owner, self._catalogue, request)
        level = self.levels[asked]
        day = (level.row_id, request.awarded_on) if level is not None else None
        faults = faults_of(request, self._catalogue, self._now, level, day_is_right=day in self._days)
        if level is None and not faults:
            what = f"the level {request.level} has no version {request.version!r}"
            faults = (Fault("version", what, "leave it out: the newest is meant").within(request.origin),)
        if faults or self._faults or level is None or day is None:
            self._faults += faults
            return None
        self._days.add(day)
        return Order(request, level, request.key, request.digest, self._count)

    def _find_doubled(self, orders: Sequence[Order]) -> None:
        """By hash only: a million keys would take three times as much. Who is meant is found out afterwards."""
        for one in orders:
            hashed = hash(one.key)
            if hashed in self._hashes:
                self._doubled.append(one)
            self._hashes.add(hashed)


def _by_position(orders: Sequence[Order], position: Mapping[tuple[str, str], int]) -> Mapping[int, list[Order]]:
    found: defaultdict[int, list[Order]] = defaultdict(list)
    for one in orders:
        found[position.get((one.level.program, one.level.level), 0)].append(one)
    return found


def _faults_of_doubled(doubled: Sequence[Order], orders: Orders) -> Iterator[Fault]:
    if not doubled:
        return
    keys = {one.key for one in doubled}
    first: dict[str, Order] = {}
    for one in orders:
        if one.key in keys and (one.key not in first or one.number < first[one.key].number):
            first[one.key] = one
    for one in doubled:
        if first[one.key].number != one.number:  # else two keys have one hash
            yield Fault(one.name, f"this is the same award as {first[one.key].name}", "keep one of them")


def _check_rules(db: Database, issuer_id: int, check: _Check, *, source: str, now: datetime) -> None:
    """What the levels demand before they are awarded: prerequisites, an assessment, evidence. Raises AwardsRefused."""
    beside = _beside(check)
    faults: list[Fault] = []
    for chunk in check.orders.chunks(_AT_ONCE):
        with db.read() as session:
            made = digests_of(session, issuer_id, [one.key for one in chunk]) if check.made_before else {}
            fresh = [(one.request, one.level) for one in chunk if one.key not in made]
            faults += faults_of_awards(
                session,
                session.get_one(IssuerRow, issuer_id),
                fresh,
                source=source,
                now=now,
                batch=[one for address in {request.address for request, _ in fresh} for one in beside.get(address, ())]
                if beside
                else (),
            )
    if faults:
        raise _refused(faults)


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
