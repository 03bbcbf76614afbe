"""Pictures of identities: power by use, second factors, keys and trusts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from posture.drawing import factors, key_swarm, power_grid, strands
from posture.history.scope import Scope
from posture.pages.identity.facts import IdentityKind
from posture.pages.identity.limits import RECENT_DAYS, LimitWords
from posture.pages.identity.power import POWER_WORDS, Power
from posture.pages.identity.queries import HeldSignIn, IdentityMap, JoinedTrust, Unread
from posture.pages.identity.trusts import PartyKind, TrustGuard, party_name
from posture.pages.identity.uses import UNUSED_WORDS, Use, use_names
from posture.web.pictures import Panel
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import figure, plural

STRANDS_MAX = 7
GUARD_ORDER = list(TrustGuard)
EDGES = {Power.ADMINISTRATOR: "administrator", Power.ESCALATION: "administrator", Power.DATA: "data"}
"""How the edge of a role of some power is drawn."""


def use_columns(limits: LimitWords) -> dict[Use, power_grid.UseColumn]:
    """Return the columns of uses, with the limit in days."""
    return {
        Use.WEEK: power_grid.UseColumn(plural(RECENT_DAYS, "day"), "used within"),
        Use.WITHIN: power_grid.UseColumn(limits.column),
        Use.LONGER: power_grid.UseColumn("longer ago", is_first_past=True),
        Use.NEVER: power_grid.UseColumn("never used"),
        Use.UNKNOWN: power_grid.UseColumn("not known"),
    }


def power_by_use(request: HttpRequest, known: IdentityMap, missing: Unread) -> Panel:
    """Return identities by what they may do and when they were used last."""
    counts = known.counts()
    known_columns = use_columns(known.limits)
    uses = [use for use in known_columns if use is not Use.UNKNOWN or known.count(use=use)]
    powers = [power for power in Power if power is not Power.UNKNOWN or known.count(power=power)]
    rows = [
        power_grid.PowerRow(
            POWER_WORDS[power].name,
            POWER_WORDS[power].detail,
            [_cell(request, counts, power, use, missing) for use in uses],
        )
        for power in powers
    ]
    title, columns = grid_title(known, missing), [known_columns[use] for use in uses]
    names = use_names(known.limits)
    return Panel(
        title,
        "All identities",
        url_in_scope(request, "identity:list"),
        power_grid.draw(columns, rows, title),
        ("May do", *(f"Used {names[use]}" if use is not Use.UNKNOWN else "Not known" for use in uses), "All"),
        [(row.name, *(cell.count for cell in row.cells), sum(cell.count for cell in row.cells)) for row in rows],
        power_grid.draw(columns, rows, title, power_grid.NARROW),
    )


def grid_title(known: IdentityMap, missing: Unread) -> str:
    """Return how many identities nobody used for longer than the limit."""
    unused = unused_count(known)
    if not unused:
        seen = ", as far as it was read" if missing.is_partial or known.count(use=Use.UNKNOWN) else ""
        return f"Every identity was used {known.limits.used}{seen}"
    at_least = "At least " if missing.is_partial else ""
    return f"{at_least}{figure(unused)} of {figure(len(known))} identities were not used {known.limits.unused}"


def unused_count(known: IdentityMap) -> int:
    """Return how many identities were not used within the limit."""
    return sum(known.count(use=use) for use in UNUSED_WORDS)


def _cell(
    request: HttpRequest, counts: Counter[tuple[str, str, str]], power: Power, use: Use, missing: Unread
) -> power_grid.PowerCell:
    people, roles, services = (counts[power, use, kind] for kind in IdentityKind)
    url = url_in_scope(request, "identity:list", None, power=power.value, use=use.value)
    is_hatched = use is Use.UNKNOWN or (use in UNUSED_WORDS and missing.is_everywhere)
    return power_grid.PowerCell(people, roles, services, _look(power, use), url, is_hatched)


def _look(power: Power, use: Use) -> str:
    if use in UNUSED_WORDS:
        return "o2" if power is Power.ADMINISTRATOR else "o1"
    return "o1" if power is Power.ESCALATION else "n1"


def second_factors(request: HttpRequest, known: IdentityMap) -> Panel | None:
    """Return ways to sign in with a password by their second factor; None without any."""
    users = [one for one in known.sign_ins if not one.sign_in.is_root]
    roots = [one for one in known.sign_ins if one.sign_in.is_root]
    rows = [
        _factor_row(
            "Users with a password", users, url_in_scope(request, "identity:list", None, kind=IdentityKind.PERSON.value)
        ),
        _factor_row(
            "Root users", roots, url_in_scope(request, "inventory:table", None, type="AWS::IAM::AccountSummary")
        ),
    ]
    rows = [row for row in rows if row.total]
    if not rows:
        return None
    title = factor_title(known)
    return Panel(
        title,
        "People",
        url_in_scope(request, "identity:list", None, kind=IdentityKind.PERSON.value),
        factors.draw(rows, title),
        ("Sign-in", "Without MFA", "Not seen", "With MFA", "All"),
        [(row.name, row.without, row.unread, row.total - row.without - row.unread, row.total) for row in rows],
    )


def factor_title(known: IdentityMap) -> str:
    """Return how many ways to sign in have no second factor."""
    without = sum(one.sign_in.has_mfa is False for one in known.sign_ins)
    unread = sum(one.sign_in.has_mfa is None for one in known.sign_ins)
    if without:
        return f"{plural(without, 'sign-in')} with a password {'has' if without == 1 else 'have'} no MFA"
    if unread:
        return f"MFA of {plural(unread, 'sign-in')} could not be read"
    return "Every sign-in with a password has MFA"


def _factor_row(name: str, some: Sequence[HeldSignIn], url: str) -> factors.FactorRow:
    without = sum(one.sign_in.has_mfa is False for one in some)
    unread = sum(one.sign_in.has_mfa is None for one in some)
    parts = [f"{figure(without)} without MFA"] if without else []
    parts += [f"{figure(unread)} not seen"] if unread else []
    words = f"{figure(len(some))}, {', '.join(parts)}" if parts else f"{figure(len(some))}, all with MFA"
    return factors.FactorRow(name, without, unread, len(some), words, url)


def access_keys(request: HttpRequest, scope: Scope, known: IdentityMap) -> Panel | None:
    """Return active access keys by age; None without any."""
    if not known.keys:
        return None
    late = sum(one.is_old for one in known.keys)
    there, verb = plural(len(known.keys), "key"), "is" if late == 1 else "are"
    some = f"{figure(late)} of {there} {verb}" if late else "No key is"
    title = f"{some} older than {known.limits.key_limit}"
    drawn = [
        key_swarm.SwarmKey(
            one.age.total_seconds() / 86_400,
            f"{one.key.name}, {scope.by_pk[one.account_pk].name}",
            one.key.is_root,
            url_in_scope(request, "inventory:resource", {"resource_id": one.key.number}),
        )
        for one in known.keys
        if one.age is not None
    ]
    return Panel(
        title,
        "Keys",
        url_in_scope(request, "identity:keys"),
        key_swarm.draw(drawn, known.limits.key_days, title),
        ("Key of", "Account", "Days"),
        [
            (one.key.name, scope.by_pk[one.account_pk].name, one.age.days if one.age else None)
            for one in sorted(known.keys, key=lambda one: -(one.age.total_seconds() if one.age else 0))
        ],
    )


def outside(request: HttpRequest, scope: Scope, known: IdentityMap) -> Panel | None:
    """Return who comes in from outside the organization; None where nobody does."""
    joined = known.trusts
    if not joined:
        return None
    title, drawn = outside_title(known), [_strand(request, scope, one) for one in joined[:STRANDS_MAX]]
    return Panel(
        title,
        f"All {plural(len(joined), 'trust')}",
        url_in_scope(request, "identity:outside"),
        strands.draw(drawn, title),
        ("Outside", "Condition", "Role", "It may", "Accounts"),
        [
            (
                party_name(one.outside.kind, one.outside.party)[1],
                one.outside.condition,
                one.role,
                POWER_WORDS[one.power].name,
                len(one.account_pks),
            )
            for one in joined
        ],
        strands.draw_narrow(drawn, title),
    )


def outside_title(known: IdentityMap) -> str:
    """Return how many parties from outside come in without a condition that holds."""
    parties: dict[tuple[PartyKind, str], TrustGuard] = {}
    for one in known.trusts:
        key = one.outside.kind, one.outside.party
        worst = parties.get(key, TrustGuard.HOLDS)
        parties[key] = min(worst, one.outside.guard, key=GUARD_ORDER.index)
    there = plural(len(parties), "external party,external parties")
    none = sum(guard is TrustGuard.NONE for guard in parties.values())
    wide = sum(guard is TrustGuard.WIDE for guard in parties.values())
    if none:
        more = f", {figure(wide)} under a condition that is too broad" if wide else ""
        return f"{figure(none)} of {there} can assume a role without a condition{more}"
    if wide:
        return f"{figure(wide)} of {there} can assume a role under a condition that is too broad"
    return f"{there} can assume a role, each under a condition that narrows it"


def _strand(request: HttpRequest, scope: Scope, one: JoinedTrust) -> strands.TrustStrand:
    kind, name = party_name(one.outside.kind, one.outside.party)
    accounts = one.account_pks
    is_one = len(accounts) == 1
    return strands.TrustStrand(
        name,
        kind,
        one.outside.guard.value,
        one.outside.condition,
        one.role,
        POWER_WORDS[one.power].name.lower(),
        EDGES.get(one.power, "plain"),
        scope.by_pk[accounts[0]].name if is_one else plural(len(accounts), "account"),
        len(accounts),
        one.is_unseen,
        url_in_scope(request, "inventory:resource", {"resource_id": one.members[0].number})
        if is_one
        else url_in_scope(request, "identity:outside", None, party=one.outside.party),
    )


@dataclass(frozen=True, slots=True)
class AccountPower:
    """An account's identities by power, and how many are unused."""

    name: str
    account_id: str
    administrators: int
    escalations: int
    data: int
    unused: int
    is_partial: bool = False


ACCOUNTS_MAX = 10


def by_account(scope: Scope, known: IdentityMap, missing: Unread) -> tuple[list[AccountPower], AccountPower | None]:
    """Return the accounts with the most unused identities, and the rest summed."""
    administrators = known.by_account(power=(Power.ADMINISTRATOR,))
    escalations = known.by_account(power=(Power.ESCALATION,))
    data, unused = known.by_account(power=(Power.DATA,)), known.by_account(use=UNUSED_WORDS)
    hidden = missing.no_users | missing.no_roles
    lines = [
        AccountPower(
            one.name,
            one.account_id,
            administrators.get(one.pk, 0),
            escalations.get(one.pk, 0),
            data.get(one.pk, 0),
            unused.get(one.pk, 0),
            one.pk in hidden or not one.is_swept,
        )
        for one in scope.accounts
    ]
    lines.sort(key=lambda one: (-one.unused, -one.administrators, one.name))
    rest = lines[ACCOUNTS_MAX:]
    return lines[:ACCOUNTS_MAX], _sum(rest) if rest else None


def _sum(some: Iterable[AccountPower]) -> AccountPower:
    lines = list(some)
    return AccountPower(
        f"{len(lines):,} more",
        "",
        sum(one.administrators for one in lines),
        sum(one.escalations for one in lines),
        sum(one.data for one in lines),
        sum(one.unused for one in lines),
        any(one.is_partial for one in lines),
    )
