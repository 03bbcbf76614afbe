"""What checks that look around said of open findings, in so few bytes that it is kept beside what stands.

Such a check judges everything anew once something around it moved, and nearly always says what it said. Of a finding
that stands just so no row is read: its number and the digest of its words tell all that recording needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Mapping

from posture.checks import all_checks
from posture.core.outcome import Status
from posture.history.ingest.check_registry import Checks, Once
from posture.history.ingest.findings import Key, Open, Plan, Said
from posture.history.ingest.fingerprint import Worded, Words

UNREAD: Words = 0
"""In the place of words where the row must be read: it is stale, or was not asked about."""
_CHECK_BITS = 16
_OPENS = frozenset({Status.FAIL, Status.UNKNOWN})


def repeated(before: Worded, said: Mapping[Key, Said], whole: Container[int]) -> tuple[dict[Key, Open], list[Key]]:
    """Return the open findings that are only said once more, and the keys of which rows must be read.

    Those on `whole` resources are left out: all rows of these are read.
    """
    places, standing, unclear = _places.of(all_checks()), dict[Key, Open](), list[Key]()
    for key, word in said.items():
        if key[0] in whole:
            continue
        if key[1] not in places:
            unclear.append(key)
            continue
        known, opens = before.get(_number(key, places)), word.outcome.status in _OPENS
        if known is not None and opens and known[0] == _words(word):
            standing[key] = Open(
                known[1], word.version, word.outcome.status, int(word.severity), None, 0, is_repeated=True
            )
        elif known is not None or opens:
            unclear.append(key)
    return standing, unclear


def after(before: Worded, made: Plan, open_now: Mapping[Key, Open], said: Mapping[Key, Said]) -> Worded:
    """Return what is to be kept: what was, without what closed, and with what is open now as far as that was read."""
    places, found, told = _places.of(all_checks()), dict(before), {*made.confirmed, *made.opening}
    for key in made.closing:
        if key[1] in places:
            found.pop(_number(key, places), None)
    for key, finding in open_now.items():
        if not finding.is_repeated and key[1] in places:
            found[_number(key, places)] = (_words(said[key]) if key in told else UNREAD, finding.id)
    return found


def _number(key: Key, places: Mapping[str, int]) -> int:
    """Return a key as one number. With other checks in other places the rules are others, by which all is read."""
    return key[0] << _CHECK_BITS | places[key[1]]


def _by_place(checks: Checks) -> dict[str, int]:
    looking = sorted(name for name, check in checks.items() if check.judges_members)
    return {name: place for place, name in enumerate(looking)}


_places = Once(_by_place)
"""The checks that may judge what was not touched, by their places: those that look around, and those by time."""


def _words(word: Said) -> Words:
    """Return what a word says. By the same rules its severity is the same, and what is observed of a still resource."""
    outcome = word.outcome
    text = repr((outcome.status.value, outcome.reason, outcome.evidence))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little", signed=True) or 1
