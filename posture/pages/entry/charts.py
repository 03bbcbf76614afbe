"""The charts of entry points, with their titles."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import overload

from django.http import HttpRequest
from django.utils.safestring import SafeString

from posture.drawing import doors as drawing
from posture.drawing import expiry, guards
from posture.drawing.doors import (
    DoorCell,
    DoorColumn,
    DoorGroup,
    DoorLook,
    DoorMark,
    DoorRow,
    StateColumn,
    StateCount,
)
from posture.drawing.guards import GuardBar, GuardPart
from posture.pages.entry.doors import STATE_ORDER, Certificate, Door, Doors
from posture.pages.entry.guards import (
    DOOR_STATE_NAMES,
    GUARD_NAMES,
    GUARD_STATE_NAMES,
    DoorState,
    Guard,
    GuardState,
)
from posture.pages.entry.holders import Holder, Holders
from posture.pages.entry.kinds import CERTIFICATE, KINDS, DoorKind
from posture.web.pictures import Panel, PanelValue
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import day, figure, plural

LOOKS = {
    DoorState.OPEN: DoorLook.OPEN,
    DoorState.WEAK: DoorLook.AJAR,
    DoorState.UNSEEN: DoorLook.UNSEEN,
    DoorState.MEANT: DoorLook.SHUT,
}
LOOK_WORDS = [
    (DoorLook.SHUT.value, "as meant"),
    (DoorLook.AJAR.value, "weak: a guard fails"),
    (DoorLook.OPEN.value, "lets anyone in"),
    (DoorLook.UNSEEN.value, "not seen in full"),
]
"""The key of the doors."""
AS_READ = ", as far as it was read"
MISSING_WORDS = {
    Guard.ENCRYPTION: ("does not require TLS 1.2", "do not require TLS 1.2"),
    Guard.CERTIFICATE: ("has a certificate that ends soon", "have a certificate that ends soon"),
    Guard.CALLER: ("does not ask who is calling", "do not ask who is calling"),
    Guard.SOURCE: ("takes calls from networks that it need not", "take calls from networks that they need not"),
    Guard.WAF: ("has no WAF in front", "have no WAF in front"),
    Guard.LOG: ("does not log its requests", "do not log their requests"),
}
"""What is wrong with one door, and with several, where a guard is missing."""
FAILING = (GuardState.NO, GuardState.OLD)
GUARD_ORDER = (Guard.ENCRYPTION, Guard.CERTIFICATE, Guard.CALLER, Guard.SOURCE, Guard.WAF, Guard.LOG)
PART_ORDER = (
    GuardState.YES,
    GuardState.OLD,
    GuardState.NO,
    GuardState.ACCEPTED,
    GuardState.UNSEEN,
    GuardState.NONE,
)
GUARD_LOOK_WORDS = [(state.value, GUARD_STATE_NAMES[state]) for state in PART_ORDER]
"""The key of the guards."""


def heading(found: Doors) -> str:
    """Return what faces the internet, and how much of it lets anyone in."""
    number, opened = len(found.doors), found.by_state[DoorState.OPEN]
    if not number:
        return "No door faces the internet" + (AS_READ if found.is_partial else "")
    verb = "faces" if number == 1 else "face"
    what = f"{plural(number, 'door')} {verb} the internet"
    if opened:
        return f"{what}; {figure(opened)} {'lets' if opened == 1 else 'let'} anyone in"
    return f"{what}; none lets anyone in" + (AS_READ if found.is_partial else "")


def lead(found: Doors) -> str:
    """Return how the doors are that let nobody in, in a sentence."""
    counts = found.by_state
    parts = [
        (counts[DoorState.WEAK], "fails a guard", "fail a guard"),
        (counts[DoorState.MEANT], "is as meant", "are as meant"),
        (counts[DoorState.UNSEEN], "could not be seen in full", "could not be seen in full"),
    ]
    said = [f"{figure(number)} {one if number == 1 else many}" for number, one, many in parts if number]
    return f"{', '.join(said)}." if said else ""


def doors_panel(request: HttpRequest, found: Doors, holders: Holders) -> Panel:
    """Return the doors of each account, or of each unit in a large scope."""
    columns = [DoorColumn(KINDS[kind].lines) for kind in DoorKind]
    groups = _account_groups(found, holders) if holders.by_account else _unit_groups(found, holders)
    title = _doors_title(found, holders)
    return Panel(
        title,
        "Network",
        url_in_scope(request, "network:vpcs"),
        drawing.draw(columns, groups, title),
        ("Door", "Kind", "Address", "Ports", "Account", "Region", "State", *GUARD_NAMES.values(), "Class", "Since"),
        _TableRows(found.doors, holders),
        _narrow(found, holders, title),
        id="doors",
    )


class _TableRows(Sequence[Sequence[PanelValue]]):
    """A row for each door, made when it is read."""

    def __init__(self, doors: Sequence[Door], holders: Holders) -> None:
        self._doors, self._holders = doors, holders

    def __len__(self) -> int:
        return len(self._doors)

    @overload
    def __getitem__(self, index: int) -> Sequence[PanelValue]: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Sequence[PanelValue]]: ...
    def __getitem__(self, index: int | slice) -> Sequence[PanelValue] | Sequence[Sequence[PanelValue]]:
        if isinstance(index, slice):
            return _TableRows(self._doors[index], self._holders)
        return _table_row(self._doors[index], self._holders)


def _table_row(door: Door, holders: Holders) -> Sequence[str]:
    states = (GUARD_STATE_NAMES[door.guard_state(guard)] for guard in GUARD_NAMES)
    at, is_older = door.since
    return (
        door.name, door.details.noun, door.details.address, door.details.ports,
        holders.accounts[door.account_pk].name, door.region, DOOR_STATE_NAMES[door.state], *states, door.level,
        f"before {day(at)}" if is_older else day(at),
    )  # fmt: skip


def _doors_title(found: Doors, holders: Holders) -> str:
    opened = [one for one in found.doors if one.state is DoorState.OPEN]
    if not opened:
        return _closed_title(found)
    sensitive = sum(one.is_sensitive for one in opened)
    verb = "lead" if sensitive > 1 else "leads"
    if sensitive and len(opened) > 1:
        return f"{figure(sensitive)} of the {figure(len(opened))} open doors {verb} to classified data"
    if sensitive:
        return "The open door leads to classified data"
    names = Counter(_holder_name(one, holders) for one in opened)
    name, number = names.most_common(1)[0]
    if len(names) == 1:
        return f"{plural(number, 'door')} {'lets' if number == 1 else 'let'} anyone in, in {name}"
    return f"{name} has {figure(number)} of the {figure(len(opened))} doors that let anyone in"


def _closed_title(found: Doors) -> str:
    weak, number = found.by_state[DoorState.WEAK], len(found.doors)
    end = AS_READ if found.is_partial else ""
    if weak:
        return f"{figure(weak)} of {plural(number, 'door')} {'fails' if weak == 1 else 'fail'} a guard"
    if found.by_state[DoorState.UNSEEN] == number:
        return "The doors could not be seen in full"
    return f"No door fails a guard{end}"


def _holder_name(door: Door, holders: Holders) -> str:
    if holders.by_account:
        return holders.accounts[door.account_pk].name
    return holders.units[door.account_pk].name


def _by_unit(pks: Iterable[int], holders: Holders) -> Mapping[Holder, list[int]]:
    found: dict[Holder, list[int]] = defaultdict(list)
    for pk in pks:
        found[holders.units[pk]].append(pk)
    return found


def _account_groups(found: Doors, holders: Holders) -> list[DoorGroup]:
    cells = _cells(found, {pk: str(pk) for pk in holders.accounts})
    worst = _worst(found)
    groups = []
    for unit, pks in _by_unit(holders.accounts, holders).items():
        ranked = sorted(pks, key=lambda pk: (worst.get(pk, len(STATE_ORDER)), holders.accounts[pk].name))
        groups.append(
            (ranked, DoorGroup(unit.name, [_account_row(pk, cells, found, holders) for pk in ranked], unit.url))
        )
    groups.sort(key=lambda one: (min(worst.get(pk, len(STATE_ORDER)) for pk in one[0]), one[1].name))
    return [group for _, group in groups]


def _worst(found: Doors) -> dict[int, int]:
    """Return the place of the worst state of each account's doors."""
    worst: dict[int, int] = {}
    for one in found.doors:
        place = STATE_ORDER.index(one.state)
        worst[one.account_pk] = min(worst.get(one.account_pk, place), place)
    return worst


def _cells(found: Doors, key_of: Mapping[int, str]) -> Mapping[tuple[str, DoorKind], list[Door]]:
    cells: dict[tuple[str, DoorKind], list[Door]] = defaultdict(list)
    for one in found.doors:
        cells[key_of[one.account_pk], one.kind].append(one)
    return cells


def _account_row(
    pk: int, cells: Mapping[tuple[str, DoorKind], Sequence[Door]], found: Doors, holders: Holders
) -> DoorRow:
    account = holders.accounts[pk]
    mine = [one for kind in DoorKind for one in cells.get((str(pk), kind), ())]
    made = []
    for kind in DoorKind:
        url = holders.url(account=account.account_id, kind=kind.value)
        made.append(_account_cell(cells.get((str(pk), kind), ()), found.unlisted.get((pk, kind), 0), kind, url))
    level = next((one for one in mine if one.is_sensitive), next((one for one in mine if one.level), None))
    return DoorRow(
        account.name,
        made,
        holders.url(account=account.account_id),
        level.level if level else "",
        holders.url(account=account.account_id, show="classified") if level and level.is_sensitive else "",
        bool(level and level.is_sensitive),
        bool(level and level.is_unseen),
    )


def _account_cell(mine: Sequence[Door], unlisted: int, kind: DoorKind, url: str) -> DoorCell:
    marks = [DoorMark(LOOKS[one.state], f"{one.name}: {DOOR_STATE_NAMES[one.state]}", url) for one in mine]
    if unlisted:
        marks.append(DoorMark(DoorLook.UNSEEN, f"{KINDS[kind].name}: not everything could be listed", ""))
    shown = marks if len(marks) <= drawing.MARKS_MAX else marks[: drawing.MARKS_MAX - 1]
    return DoorCell(shown, len(marks), url, f"All {len(mine):,} {KINDS[kind].words}")


def _unit_groups(found: Doors, holders: Holders) -> list[DoorGroup]:
    cells = _cells(found, {pk: holder.key for pk, holder in holders.units.items()})
    unlisted = Counter[tuple[str, DoorKind]]()
    for (pk, kind), number in found.unlisted.items():
        unlisted[holders.units[pk].key, kind] += number
    rows = []
    for unit in _by_unit(holders.accounts, holders):
        mine = [one for kind in DoorKind for one in cells.get((unit.key, kind), ())]
        level = next((one for one in mine if one.is_sensitive), None)
        made = [
            _unit_cell(cells.get((unit.key, kind), ()), unlisted[unit.key, kind], kind, unit, holders)
            for kind in DoorKind
        ]
        rows.append(
            (_rank(mine), DoorRow(unit.name, made, unit.url, level.level if level else "", "", level is not None))
        )
    rows.sort(key=lambda one: (one[0], one[1].name))
    return [DoorGroup("", [row for _, row in rows])]


def _rank(mine: Sequence[Door]) -> tuple[int, ...]:
    counts = Counter(one.state for one in mine)
    return tuple(-counts[state] for state in STATE_ORDER)


def _unit_cell(mine: Sequence[Door], unlisted: int, kind: DoorKind, unit: Holder, holders: Holders) -> DoorCell:
    url = holders.url(ou=unit.key, account="", kind=kind.value)
    if not mine:
        if not unlisted:
            return DoorCell()
        return DoorCell([DoorMark(DoorLook.UNSEEN, f"{KINDS[kind].name}: not everything could be listed")], 1)
    worst = min(mine, key=lambda one: STATE_ORDER.index(one.state))
    opened = sum(one.state is DoorState.OPEN for one in mine)
    title = f"{unit.name}, {KINDS[kind].words}: {len(mine):,}"
    title += f", {opened:,} let anyone in" if opened else f", the worst is {DOOR_STATE_NAMES[worst.state]}"
    return DoorCell([DoorMark(LOOKS[worst.state], "")], len(mine), url, title, is_counted=True)


def _narrow(found: Doors, holders: Holders, title: str) -> SafeString:
    columns = [StateColumn(DOOR_STATE_NAMES[state], LOOKS[state]) for state in DoorState]
    counts: dict[Holder, Counter[DoorState]] = defaultdict(Counter)
    for one in found.doors:
        counts[holders.units[one.account_pk]][one.state] += 1
    ranked = sorted(counts, key=lambda unit: (*(-counts[unit][state] for state in STATE_ORDER), unit.name))
    rows = [
        (
            unit.name,
            unit.url,
            [
                StateCount(counts[unit][state], holders.url(ou=unit.key, account="", state=state.value))
                for state in DoorState
            ],
        )
        for unit in ranked
    ]
    return drawing.draw_narrow(columns, rows, title)


def guards_panel(found: Doors, holders: Holders) -> Panel:
    """Return all doors by the state of each guard."""
    title = _guards_title(found)
    bars = [_guard_bar(guard, found, holders) for guard in GUARD_ORDER]
    rows: list[Sequence[PanelValue]] = [
        (GUARD_NAMES[guard], *(found.by_guard[guard][state] for state in PART_ORDER), len(found.doors))
        for guard in GUARD_ORDER
    ]
    names = (GUARD_STATE_NAMES[state] for state in PART_ORDER)
    columns = ("Guard", *(name[0].upper() + name[1:] for name in names), "All")
    return Panel(title, "", "", guards.draw(bars, title), columns, rows, id="guards")


def _guards_title(found: Doors) -> str:
    missing = {guard: sum(found.by_guard[guard][state] for state in FAILING) for guard in GUARD_ORDER}
    worst = max(GUARD_ORDER, key=lambda guard: missing[guard])
    if number := missing[worst]:
        one, many = MISSING_WORDS[worst]
        return f"{plural(number, 'door')} {one if number == 1 else many}"
    return "No guard is missing" + (AS_READ if found.is_partial else "")


def _guard_bar(guard: Guard, found: Doors, holders: Holders) -> GuardBar:
    counts = found.by_guard[guard]
    parts = [
        GuardPart(
            state.value,
            counts[state],
            f"{GUARD_NAMES[guard]}, {GUARD_STATE_NAMES[state]}: {plural(counts[state], 'door')}",
            holders.url(guard=guard.value, **{"is": state.value}),
        )
        for state in PART_ORDER
    ]
    return GuardBar(GUARD_NAMES[guard], _guard_note(counts, len(found.doors)), parts)


def _guard_note(counts: Counter[GuardState], total: int) -> str:
    failing, old = counts[GuardState.NO], counts[GuardState.OLD]
    words = [f"{figure(failing)} not" if failing else "", f"{figure(old)} old" if old else ""]
    if said := ", ".join(one for one in words if one):
        return said
    if counts[GuardState.NONE] == total:
        return "not judged"
    return "some not seen" if counts[GuardState.UNSEEN] else "no gap"


def certificates_panel(request: HttpRequest, found: Doors, today: date, days: int) -> Panel | None:
    """Return when certificates end; None where there are none."""
    known = [one for one in found.certificates if one.until is not None]
    if not found.certificates and not found.unlisted_certificates:
        return None
    title = _certificates_title(found, today, days)
    drawn = [
        expiry.Expiry(one.name, one.until.date(), one.renews_itself, one.is_due, _resource_url(request, one))
        for one in known
        if one.until
    ]
    url = url_in_scope(request, "inventory:table", None, type=CERTIFICATE)
    return Panel(
        title,
        f"All {figure(len(found.certificates))}",
        url,
        expiry.draw(drawn, today, timedelta(days=days), title, url),
        ("Certificate", "Until", "Renewal", "Used", "Ends soon"),
        [_certificate_row(one) for one in found.certificates],
        id="certificates",
    )


def _certificates_title(found: Doors, today: date, days: int) -> str:
    due = found.due_certificates
    ended = sum(one.until is not None and one.until.date() < today for one in due)
    if ended:
        words = f"{plural(ended, 'certificate')} {'has' if ended == 1 else 'have'} ended"
        soon = len(due) - ended
        return f"{words}, {figure(soon)} {'ends' if soon == 1 else 'end'} within {days} days" if soon else words
    if due:
        return f"{plural(len(due), 'certificate')} {'ends' if len(due) == 1 else 'end'} within {days} days"
    unread = found.unlisted_certificates or any(one.is_unseen or one.until is None for one in found.certificates)
    return f"No certificate ends within {days} days" + (AS_READ if unread else "")


def _certificate_row(one: Certificate) -> Sequence[str]:
    return (
        one.name,
        day(one.until) if one.until else "not read",
        "renews itself" if one.renews_itself else "by hand",
        "yes" if one.is_used else "no",
        "yes" if one.is_due else "no",
    )


def _resource_url(request: HttpRequest, one: Certificate) -> str:
    return url_in_scope(request, "inventory:resource", {"resource_id": one.resource_id})
