"""The list of doors: bands for units, most open first, with each guard in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import AwsAccount
from posture.pages.entry.charts import LOOKS
from posture.pages.entry.doors import STATE_ORDER, Certificate, Door
from posture.pages.entry.guards import (
    DOOR_STATE_NAMES,
    GUARD_NAMES,
    DoorState,
    Guard,
    GuardState,
)
from posture.pages.entry.holders import Holder, Holders
from posture.web.scoping import url_in_scope
from posture.web.templatetags.words import day, figure, plural

BAND_MAX = 4
"""Doors of a unit that are listed before the rest is counted."""
WORDS: Mapping[Guard, Mapping[GuardState, str]] = {
    Guard.ENCRYPTION: {
        GuardState.YES: "TLS 1.2 or newer",
        GuardState.OLD: "old TLS",
        GuardState.NO: "not required",
        GuardState.NONE: "not judged",
    },
    Guard.CERTIFICATE: {GuardState.YES: "holds", GuardState.NO: "ends soon", GuardState.NONE: ""},
    Guard.CALLER: {
        GuardState.YES: "asked",
        GuardState.NO: "not asked",
        GuardState.ACCEPTED: "meant for all",
        GuardState.NONE: "not judged",
    },
    Guard.SOURCE: {GuardState.YES: "narrowed", GuardState.NO: "not narrowed", GuardState.NONE: "not judged"},
    Guard.WAF: {GuardState.YES: "WAF", GuardState.NO: "no WAF", GuardState.NONE: "WAF not possible"},
    Guard.LOG: {GuardState.YES: "logged", GuardState.NO: "no log", GuardState.NONE: ""},
}
"""How a guard is worded in the list."""
COMMON_WORDS = {GuardState.ACCEPTED: "accepted", GuardState.UNSEEN: "not seen"}
ICONS = {GuardState.NO: "circle-x", GuardState.OLD: "alert-triangle", GuardState.UNSEEN: "eye-off"}
COLUMNS = (
    ("Encryption, certificate", (Guard.ENCRYPTION, Guard.CERTIFICATE)),
    ("Asks who is calling", (Guard.CALLER,)),
    ("From where", (Guard.SOURCE,)),
    ("WAF, log", (Guard.WAF, Guard.LOG)),
)


@dataclass(frozen=True, slots=True)
class GuardMark:
    """A guard of a door in words, with the finding that decides it."""

    state: str
    words: str
    icon: str = ""
    reason: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class GuardCell:
    """A column of a door: its guards."""

    label: str
    marks: Sequence[GuardMark]


@dataclass(frozen=True, slots=True)
class DoorLine:
    """A door as the list shows it."""

    door: Door
    account: AwsAccount
    url: str
    state: str
    cells: Sequence[GuardCell]
    since: str

    @property
    def look(self) -> str:
        """How its door is drawn."""
        return LOOKS[self.door.state].value

    @property
    def subtitle(self) -> str:
        """What it is and where: "HTTP API · HTTPS/443"."""
        return " · ".join(part for part in (self.door.details.noun, self.door.details.ports) if part)


@dataclass(frozen=True, slots=True)
class EntryBand:
    """The doors of a unit: the worst of them, and what the rest is."""

    name: str
    sentence: str
    lines: Sequence[DoorLine]
    rest: str = ""
    url: str = ""


class DoorList:
    """Makes lines of doors."""

    def __init__(self, request: HttpRequest, holders: Holders, certificates: Sequence[Certificate]) -> None:
        self.request, self.holders = request, holders
        self.certificates = {one.arn: one for one in certificates}

    def bands(self, doors: Sequence[Door]) -> list[EntryBand]:
        """Return the doors by unit, those with the most open ones first."""
        by_unit: dict[Holder, list[Door]] = defaultdict(list)
        for door in doors:
            by_unit[self.holders.units[door.account_pk]].append(door)
        ranked = sorted(by_unit.items(), key=lambda item: (_rank(item[1]), item[0].name))
        return [self._band(unit, mine) for unit, mine in ranked]

    def _band(self, unit: Holder, mine: Sequence[Door]) -> EntryBand:
        shown = mine if len(mine) <= BAND_MAX + 1 else mine[:BAND_MAX]
        rest = mine[len(shown) :]
        words = _rest_words(rest) if rest else ""
        return EntryBand(unit.name, _sentence(mine), [self.line(one) for one in shown], words, unit.url)

    def line(self, door: Door) -> DoorLine:
        """Return a door with its guards in words."""
        at, is_older = door.since
        return DoorLine(
            door,
            self.holders.accounts[door.account_pk],
            url_in_scope(self.request, "inventory:resource", {"resource_id": door.resource_id}),
            DOOR_STATE_NAMES[door.state],
            [GuardCell(label, [self._mark(door, guard) for guard in guards]) for label, guards in COLUMNS],
            f"before {day(at)}" if is_older else day(at),
        )

    def _mark(self, door: Door, guard: Guard) -> GuardMark:
        result = door.guard(guard)
        words = {**COMMON_WORDS, **WORDS[guard]}.get(result.state, result.state.value)
        if guard is Guard.CERTIFICATE:
            words = self._until(door) or words
        one = result.decisive
        url = url_in_scope(self.request, "findings:detail", {"finding_id": one.finding_id}) if one else ""
        reason = f"{GUARD_NAMES[guard]}: {one.reason}" if one else ""
        return GuardMark(result.state.value, words, ICONS.get(result.state, ""), reason, url)

    def _until(self, door: Door) -> str:
        """Return when the first of a door's certificates ends."""
        ends = [
            one.until
            for arn in door.details.certificates
            if (one := self.certificates.get(arn)) is not None and one.until is not None
        ]
        return f"until {day(min(ends))}" if ends else ""


def _rank(mine: Sequence[Door]) -> tuple[int, ...]:
    counts = Counter(one.state for one in mine)
    return tuple(-counts[state] for state in STATE_ORDER)


def _sentence(mine: Sequence[Door]) -> str:
    counts = Counter(one.state for one in mine)
    words = [plural(len(mine), "door")]
    if opened := counts[DoorState.OPEN]:
        words.append(f"{figure(opened)} {'lets' if opened == 1 else 'let'} anyone in")
    elif weak := counts[DoorState.WEAK]:
        words.append(f"{figure(weak)} weak")
    if unseen := counts[DoorState.UNSEEN]:
        words.append(f"{figure(unseen)} not seen in full")
    return ", ".join(words)


def _rest_words(rest: Sequence[Door]) -> str:
    counts = Counter(one.state for one in rest)
    words = f"{figure(len(rest))} more"
    if opened := counts[DoorState.OPEN]:
        return f"{words}, {figure(opened)} of them let anyone in"
    if weak := counts[DoorState.WEAK]:
        return f"{words}, {figure(weak)} of them weak"
    return words
