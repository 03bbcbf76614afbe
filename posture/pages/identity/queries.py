"""Queries of the identity pages: identities, their power and use, and trusts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from django.db.models import Q

from accounts.models import AwsAccount
from posture.core.classification import DEFAULT, own_scheme
from posture.core.gap import ANY
from posture.core.resource import GLOBAL
from posture.history import query
from posture.history.query import EncodedRows, FactRecord, GapRecord, Mask, ResourceRecord
from posture.history.scope import Scope
from posture.pages.identity import facts
from posture.pages.identity.facts import (
    NEEDED,
    ROLE,
    ROOT,
    USER,
    AccessKey,
    AccountFacts,
    IdentityKind,
    PassingRight,
    SharedPolicies,
    SignIn,
)
from posture.pages.identity.limits import IdentityLimits, LimitWords, load_limits
from posture.pages.identity.power import READS, Ground, Power, Store
from posture.pages.identity.trusts import OutsideTrust, TrustGuard
from posture.pages.identity.uses import UNUSED_WORDS, AccountUses, Use, read_uses

DIMENSIONS = ("kind", "power", "use")
SEPARATOR = "\x1f"
POWERFUL = (Power.ADMINISTRATOR, Power.ESCALATION)


class HeldKey(NamedTuple):
    """An active access key, its account, and its age when that was read."""

    account_pk: int
    key: AccessKey
    age: timedelta | None
    """None where it could not be read."""
    is_old: bool
    """Whether it is past the limit of its account."""
    last_used: datetime | None


class HeldSignIn(NamedTuple):
    """A way to sign in with a password, and its account."""

    account_pk: int
    sign_in: SignIn


class TrustMember(NamedTuple):
    """A role of a trust, in its account."""

    account_pk: int
    number: int
    is_unseen: bool


class JoinedTrust(NamedTuple):
    """A party from outside that roles of one name let in on one condition."""

    outside: OutsideTrust
    role: str
    power: Power
    members: tuple[TrustMember, ...]

    @property
    def account_pks(self) -> list[int]:
        """The accounts in which it is so."""
        return list(dict.fromkeys(one.account_pk for one in self.members))

    @property
    def is_unseen(self) -> bool:
        """Return True if none of its roles could be seen at the last sweep."""
        return all(one.is_unseen for one in self.members)

    @property
    def order(self) -> tuple[int, int, str, str]:
        """No condition first, then wide ones; then by power."""
        return list(TrustGuard).index(self.outside.guard), list(Power).index(self.power), self.outside.party, self.role


@dataclass(frozen=True, slots=True)
class IdentityMap:
    """All identities of a scope."""

    rows: EncodedRows
    """A row's number is the resource's, its instant the last use, 0 where there is none."""
    grounds: Mapping[int, Ground]
    """What gives power, by resource id."""
    keys: Sequence[HeldKey]
    sign_ins: Sequence[HeldSignIn]
    trusts: Sequence[JoinedTrust]
    """Who comes in from outside, weakest condition first."""
    passing: Sequence[PassingRight]
    """Who may pass roles to services; of one account alone."""
    linked: int
    """Service-linked roles, which are not among the identities."""
    read: int
    """Accounts that were read at least once."""
    limits: LimitWords = field(default_factory=LimitWords)
    """The limits by which use and age were judged."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def has_anything(self) -> bool:
        """Return True once IAM was read in an account."""
        return bool(len(self) or self.linked or any(one.sign_in.number for one in self.sign_ins))

    def count(self, **words: str) -> int:
        """Return how many identities have these words."""
        return int(self.rows.by_cell()[self.cells(**{name: (word,) for name, word in words.items()})].sum())

    def cells(self, **words: Iterable[str]) -> Mask:
        """Return which cells have one of the words in each named dimension."""
        found = self.rows.having("kind", tuple(IdentityKind))
        for name, some in words.items():
            found &= self.rows.having(name, tuple(some))
        return found

    def counts(self) -> Counter[tuple[str, str, str]]:
        """Return the number of identities by power, use and kind."""
        rows, found = self.rows, Counter[tuple[str, str, str]]()
        for place, number in enumerate(rows.by_cell().tolist()):
            power, use, kind = (rows.words[name][rows.codes[name][place]] for name in ("power", "use", "kind"))
            found[power, use, kind] += number
        return found

    def by_account(self, **words: Iterable[str]) -> dict[int, int]:
        """Return how many identities with these words each account has."""
        return self.rows.by_account(self.rows.of_cells(self.cells(**words)))


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be read of a scope's identities."""

    accounts: int = 0
    """Never read at all."""
    no_users: frozenset[int] = frozenset()
    """Accounts whose users, and so whose credential report, could not be read."""
    no_roles: frozenset[int] = frozenset()
    is_everywhere: bool = False
    """Whether no account's users and credential report could be read: then nobody knows what is unused."""
    gaps: Sequence[GapRecord] = ()

    @property
    def is_partial(self) -> bool:
        """Return True where there may be more identities than are counted."""
        return bool(self.accounts or self.no_users or self.no_roles)

    @property
    def number(self) -> int:
        """Return of how many accounts something is missing."""
        return self.accounts + len(self.no_users | self.no_roles)


@dataclass(slots=True)
class _Collected:
    """The facts of all accounts, joined."""

    rows: list[tuple[int, int, int, str]] = field(default_factory=list)
    grounds: dict[int, Ground] = field(default_factory=dict)
    keys: list[HeldKey] = field(default_factory=list)
    sign_ins: list[HeldSignIn] = field(default_factory=list)
    trusts: dict[tuple[OutsideTrust, str, Power], list[TrustMember]] = field(default_factory=dict)
    passing: list[PassingRight] = field(default_factory=list)
    linked: int = 0

    def add(
        self, account_pk: int, known: AccountFacts, uses: AccountUses, limits: IdentityLimits, *, is_swept: bool
    ) -> None:
        """Add an account's."""
        for identity in known.identities:
            use, last = uses.of(identity, limits)
            at = query.to_micros(last) if last else 0
            words = SEPARATOR.join((identity.kind, identity.power, use))
            self.rows.append((account_pk, identity.number, at, words))
        self.grounds |= known.grounds
        self.keys += [_held(account_pk, one, uses, limits) for one in known.keys]
        self.sign_ins += [HeldSignIn(account_pk, one) for one in known.sign_ins]
        for one in known.trusts:
            if one.outside.party in limits.trusted:
                continue
            # The number of the statement differs between roles that are alike.
            key = one.outside._replace(statement=0), one.role, one.power
            is_unseen = one.is_unseen or not is_swept
            self.trusts.setdefault(key, []).append(TrustMember(account_pk, one.number, is_unseen))
        self.passing += known.passing
        self.linked += known.linked


def _held(account_pk: int, key: AccessKey, uses: AccountUses, limits: IdentityLimits) -> HeldKey:
    age = uses.age(key)
    is_old = age is not None and age > timedelta(days=limits.key_days)
    return HeldKey(account_pk, key, age, is_old, uses.keys.get((key.number, key.place)))


def identity_map(scope: Scope) -> IdentityMap:
    """Return all identities of a scope; cached until something is recorded."""
    limits = load_limits(scope)
    more = (*_sensitive(scope), sorted(limits.items()))
    return query.get_or_compute(scope, "identities", lambda: _join(scope, limits), *more)


def _join(scope: Scope, limits: Mapping[int, IdentityLimits]) -> IdentityMap:
    levels = _sensitive(scope)
    which = Q(type__in=NEEDED) | Q(type__in=list(READS), classification__in=levels)
    shared = SharedPolicies()

    def work(account_pk: int, records: Sequence[FactRecord]) -> AccountFacts:
        stores = [Store(one.type, one.arn, one.name) for one in records if one.type in READS]
        known = [one for one in records if one.type in NEEDED]
        return facts.read_account(scope.by_pk[account_pk].account_id, known, stores, shared)

    all_facts = query.load_account_facts(scope, "identities", which, work, *levels)
    all_uses = query.load_observed_facts(scope, "identities", Q(type__in=(USER, ROLE, ROOT)), read_uses)
    joined = _Collected()
    for account_pk in sorted(all_facts):
        is_swept = scope.by_pk[account_pk].is_swept
        joined.add(account_pk, all_facts[account_pk], all_uses[account_pk], limits[account_pk], is_swept=is_swept)
    rows = query.encode_rows(DIMENSIONS, joined.rows)
    trusts = [JoinedTrust(*key, tuple(members)) for key, members in joined.trusts.items()]
    trusts.sort(key=lambda one: one.order)
    passing = joined.passing if len(all_facts) == 1 else ()
    return IdentityMap(
        rows,
        joined.grounds,
        joined.keys,
        joined.sign_ins,
        trusts,
        passing,
        joined.linked,
        len(all_facts),
        LimitWords.of(limits.values()),
    )


def _sensitive(scope: Scope) -> list[str]:
    """Return the names of the levels of classification that are sensitive."""
    organization = scope.organization
    scheme = own_scheme(organization.classification_keys, organization.sensitive_values) if organization else DEFAULT
    return sorted(level.name for level in scheme.levels if level.sensitive)


def unread(scope: Scope, known: IdentityMap) -> Unread:
    """Return what of the identities could not be read."""
    found = query.gaps(scope).filter(blinds=True, resource_type__in=(ANY, *NEEDED), region__in=(ANY, GLOBAL))
    gaps = list(found.order_by("account__name", "resource_type"))

    def without(kind: str) -> frozenset[int]:
        return frozenset(one.account_id for one in gaps if one.resource_type in {ANY, kind})

    no_users = without(USER)
    is_everywhere = bool(scope.accounts) and no_users.issuperset(scope.account_pks)
    return Unread(len(scope.accounts) - known.read, no_users, without(ROLE), is_everywhere, gaps)


@dataclass(frozen=True, slots=True)
class Selection:
    """The filters of the list; empty means all."""

    kind: str = ""
    power: str = ""
    use: str = ""
    """A word of `Use`, or "unused"."""

    @property
    def uses(self) -> Sequence[str]:
        """Return the words of `Use` that are chosen."""
        return UNUSED_WORDS if self.use == UNUSED else (self.use,) if self.use else tuple(Use)

    @property
    def powers(self) -> Sequence[str]:
        """Return the powers that are chosen."""
        return POWERFUL if self.power == POWERFUL_WORD else (self.power,) if self.power else tuple(Power)

    @property
    def kinds(self) -> Sequence[str]:
        """Return the kinds that are chosen."""
        return (self.kind,) if self.kind else tuple(IdentityKind)


UNUSED, POWERFUL_WORD = "unused", "powerful"


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """An identity as the list shows it."""

    account: AwsAccount
    number: int
    kind: IdentityKind
    power: Power
    use: Use
    last_used: datetime | None
    ground: Ground | None


class IdentityRows(Sequence[IdentityRow]):
    """Chosen identities, widest power first, each made when it is looked at."""

    def __init__(self, scope: Scope, known: IdentityMap, chosen: Selection, order: str = "") -> None:
        cells = known.cells(kind=chosen.kinds, power=chosen.powers, use=chosen.uses)
        self.scope, self.known = scope, known
        self.rows = known.rows.select(known.rows.of_cells(cells))
        power = query.rank_words(self.rows, "power", lambda word: list(Power).index(Power(word)))
        use = query.rank_words(self.rows, "use", lambda word: _USE_ORDER.index(Use(word)))
        keys = (power, use) if order == UNUSED else (use, power)
        self.places = np.lexsort((self.rows.at, *keys))  # the last key decides first

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[IdentityRow]:
        return (self._row(place) for place in self.places.tolist())

    def __getitem__(self, key: int | slice) -> IdentityRow | list[IdentityRow]:  # type: ignore[override]
        if isinstance(key, slice):
            return [self._row(place) for place in self.places[key].tolist()]
        return self._row(int(self.places[key]))

    def _row(self, place: int) -> IdentityRow:
        rows = self.rows
        cell, number, at = int(rows.cell[place]), int(rows.number[place]), int(rows.at[place])
        kind, power, use = (rows.words[name][rows.codes[name][cell]] for name in DIMENSIONS)
        account = self.scope.by_pk[int(rows.account[place])]
        last = query.from_micros(at) if at else None
        return IdentityRow(
            account, number, IdentityKind(kind), Power(power), Use(use), last, self.known.grounds.get(number)
        )


_USE_ORDER = (Use.NEVER, Use.LONGER, Use.UNKNOWN, Use.WITHIN, Use.WEEK)


def records(scope: Scope, numbers: Iterable[int]) -> dict[int, ResourceRecord]:
    """Return resources by id, as of the scope's date."""
    wanted = {number for number in numbers if number}
    if not wanted:
        return {}
    return {one.resource_id: one for one in query.resources(scope).filter(resource_id__in=wanted)}
