"""Score attribution from full copies: every resource under every check.

It follows the conventions that docs/history.md gives for the bridge, and shares no code with the product.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime

from posture.core.outcome import Status
from tests.history.naive import Copy, Naive

FAILING = {"failed", "stale"}
ABSENT = "absent"
NOTHING = {"pass": 0, "fail": 0, "unknown": 0, "gaps": 0}
PARAMETRIZED = {"bucket_classified"}
"""Checks that judge by how data is classified."""
CAUSES = ("fixed", "regressed", "new", "deleted", "accounts", "rule", "parameter", "sight", "decided")
Ends = tuple[float, float]
Parts = dict[tuple[str, int], float]
"""Points by cause and end: 0 lower, 1 upper."""
Figures = dict[str, dict[str, int]]
"""By check: resources that pass, fail and are unknown, blind places, and what the check weighs."""


def score(figures: Figures) -> Ends | None:
    """Return both ends of the score of these figures."""
    weight, lost_low, lost_high = 0.0, 0.0, 0.0
    for of in figures.values():
        judged = of["pass"] + of["fail"] + of["unknown"] + of["gaps"]
        assert min(of.values()) >= 0, "no state on the way has fewer than no resources"
        if judged:
            each = of["weight"]
            weight += each
            lost_low += each * (judged - of["pass"]) / judged
            lost_high += each * of["fail"] / judged
    return (100 - 100 * lost_low / weight, 100 - 100 * lost_high / weight) if weight else None


def figures_of(copy: Copy) -> Figures:
    """Count a copy's resources by check and state."""
    found: Figures = {name: NOTHING | {"weight": check.severity.weight} for name, check in copy.checks.items()}
    for (_, check_id), field in copy.units.items():
        place = {"passed": "pass", "failed": "fail", "stale": "fail", "unknown": "unknown"}.get(field)
        if place:
            found[check_id][place] += 1
    for check_id, tally in copy.tallies.items():
        found[check_id]["gaps"] = tally.gap_units
    return found


def step(before: Copy, after: Copy) -> Parts:
    """Split one step of a scored account by cause and end (0 lower, 1 upper).

    It has a score at both ends.
    """
    parts: Parts = defaultdict(float)
    now, whole = figures_of(before), figures_of(after)
    last = score(now)
    assert last is not None
    turned = _turned(before, after)
    moves = {name: _moves(before, after, name) for name in before.checks.keys() & after.checks if name not in turned}
    for name in after.checks.keys() - before.checks.keys() - turned.keys():
        now[name] = NOTHING | {"weight": whole[name]["weight"]}
        moves[name] = _moves(before, after, name)
    for name in (before.checks.keys() & after.checks) - turned.keys():
        now[name]["weight"] = whole[name]["weight"]
    for cause, kinds in (
        ("rule", ()), ("parameter", ()), ("rule", ("ruled", "ruled_aside")), ("parameter", ("reset", "reset_aside")),
        ("new", ("new_pass", "new_fail")), ("sight", ("seen", "opened")),
        ("decided", ("mended_aside", "broken_aside", "counted_again")), ("fixed", ("fixed",)),
        ("regressed", ("regressed",)),
        ("sight", ("hidden", "seen_failing", "closed")), ("deleted", ("gone_fail", "left")),
    ):  # fmt: skip
        for check_id in [name for name, its in turned.items() if its == cause and not kinds]:
            now.pop(check_id, None)
            now |= {check_id: whole[check_id]} if check_id in whole else {}
        for check_id, of in moves.items():
            for kind in kinds:
                _apply(now[check_id], kind, of[kind])
        reached = score(now) or last
        parts[cause, 0] += reached[0] - last[0]
        parts[cause, 1] += reached[1] - last[1]
        last = reached
    assert now == whole
    return parts


def _turned(before: Copy, after: Copy) -> dict[str, str]:
    """Return the checks that judge differently than before, and why.

    Everything that changed under them is due to that.
    """
    found = dict[str, str]()
    for name in before.checks.keys() | after.checks.keys():
        old, new = before.checks.get(name), after.checks.get(name)
        if old and new:
            if (
                name in before.tallies
                and name in after.tallies
                and (old.version, old.severity) != (new.version, new.severity)
            ):
                found[name] = "rule"
            elif name in PARAMETRIZED and before.scheme != after.scheme:
                found[name] = "parameter"
        elif old or any(arn in before.things for arn, check in after.units if check == name):
            found[name] = "rule"
    return found


EFFECTS: dict[str, dict[str, int]] = {
    "new_pass": {"pass": 1},
    "new_fail": {"fail": 1},
    "seen": {"unknown": -1, "pass": 1},
    "opened": {"gaps": -1},
    "fixed": {"fail": -1, "pass": 1},
    "regressed": {"pass": -1, "fail": 1},
    "hidden": {"pass": -1, "unknown": 1},
    "seen_failing": {"pass": -1, "fail": 1},
    "closed": {"gaps": 1},
    "ruled": {"fail": -1, "pass": 1},
    "ruled_aside": {"pass": 1},
    "reset": {"fail": -1, "pass": 1},
    "reset_aside": {"pass": 1},
    "mended_aside": {"pass": 1},
    "broken_aside": {"pass": -1},
    "counted_again": {"fail": 1},
    "gone_fail": {"fail": -1},
    "left": {"pass": -1},
}


def _apply(figures: dict[str, int], kind: str, times: int) -> None:
    for place, sign in EFFECTS[kind].items():
        figures[place] += sign * times


def _moves(before: Copy, after: Copy, check_id: str) -> Counter[str]:
    """Return what happened to each resource.

    What became unknown or ceased to, came or left, counts net.
    """
    found: Counter[str] = Counter()
    unknown = came = 0
    arns = {arn for arn, check in before.units.keys() | after.units.keys() if check == check_id}
    for arn in arns:
        old, new = before.units.get((arn, check_id), ABSENT), after.units.get((arn, check_id), ABSENT)
        unknown += (new == "unknown") - (old == "unknown")
        if old == ABSENT:
            found["new_fail"] += new in FAILING
            found["new_pass"] += new in {"passed", "unknown"}
            continue
        if old == "accepted":
            if new == "passed":
                found[_mended(before, after, (arn, check_id)) + "_aside"] += 1
            found["counted_again"] += new in FAILING
            continue
        if old in FAILING:
            mended = _mended(before, after, (arn, check_id))
            found["fixed" if mended == "mended" else mended] += new == "passed"
            found["gone_fail"] += new in {ABSENT, "not_applicable"}
            assert new != "unknown", "what failed stays failing while it is unknown"
            continue
        if new in FAILING:
            seen_failing = _was_untold(before, (arn, check_id)) or before.things[arn].unseen_since is not None
            found["seen_failing" if seen_failing else "regressed"] += 1
        found["broken_aside"] += new == "accepted"
        came += (old == "not_applicable" and new not in {"not_applicable", ABSENT}) - (
            old in {"passed", "unknown"} and new in {"not_applicable", ABSENT}
        )
    found["seen"], found["hidden"] = max(-unknown, 0), max(unknown, 0)
    found["new_pass"] += max(came, 0)
    found["left"] = max(-came, 0)
    gaps = figures_of(after)[check_id]["gaps"] - figures_of(before)[check_id]["gaps"]
    found["opened"], found["closed"] = max(-gaps, 0), max(gaps, 0)
    return found


def _mended(before: Copy, after: Copy, key: tuple[str, str]) -> str:
    """Return why what failed passes: another rule or scheme, or it changed.

    The rule or scheme is another one than it was judged by last.
    """
    version, scheme = before.findings[key].judged_by
    if version != after.checks[key[1]].version:
        return "ruled"
    return "reset" if key[1] in PARAMETRIZED and scheme != after.scheme else "mended"


def _was_untold(copy: Copy, key: tuple[str, str]) -> bool:
    """Return True where a resource was unknown under a check.

    The unknown fields of an older role count nowhere.
    """
    finding = copy.findings.get(key)
    return copy.units.get(key) == "unknown" or (finding is not None and finding.status is Status.UNKNOWN)


def _add(parts: Parts, more: Parts) -> None:
    for key, value in more.items():
        parts[key] += value


def of_account(history: Naive, since: datetime, until: datetime) -> Parts:
    """Add up the steps of a period.

    An account that had no score for a while comes back as an account.
    """
    parts: Parts = defaultdict(float)
    last = history.at(since)
    scored = score(figures_of(last))
    for at in sorted(history.copies):
        if not since < at <= until:
            continue
        for place, now in enumerate([*history.decided.get(at, ()), history.copies[at]]):
            ends, before = score(figures_of(now)), score(figures_of(last))
            if ends is not None and scored is not None:
                if before is None:
                    _add(parts, {("accounts", end): ends[end] - scored[end] for end in (0, 1)})
                elif place:
                    _add(parts, {("decided", end): ends[end] - before[end] for end in (0, 1)})
                else:
                    _add(parts, step(last, now))
            last, scored = now, ends or scored
    return parts


def of_scope(histories: Sequence[Naive], weights: Sequence[float], since: datetime, until: datetime) -> Parts:
    """Join the accounts' parts: the mean of those scored at both ends, and the others.

    The others joined or left it.
    """
    old = [score(figures_of(each.at(since))) for each in histories]
    new = [score(figures_of(each.at(until))) for each in histories]
    both = [number for number in range(len(histories)) if old[number] and new[number]]
    parts: Parts = defaultdict(float)
    total = sum(weights[number] for number in both)
    for number in both:
        for key, value in of_account(histories[number], since, until).items():
            parts[key] += value * weights[number] / total
    for end in (0, 1):
        before, after = _mean(old, weights, end), _mean(new, weights, end)
        if before is None or after is None:
            continue
        kept_old = _mean([old[n] if n in both else None for n in range(len(old))], weights, end)
        kept_new = _mean([new[n] if n in both else None for n in range(len(new))], weights, end)
        if kept_old is None or kept_new is None:
            parts["accounts", end] += after - before
        else:
            parts["accounts", end] += (kept_old - before) + (after - kept_new)
    return parts


def _mean(ends: Sequence[Ends | None], weights: Sequence[float], end: int) -> float | None:
    known = [(each[end], weight) for each, weight in zip(ends, weights, strict=True) if each]
    return sum(value * weight for value, weight in known) / sum(w for _, w in known) if known else None


def held(history: Naive, since: datetime, until: datetime) -> Ends | None:
    """Return the score of `since` after fixes and regressions, on its denominators.

    Fixed is what failed at the start and was mended before anything else happened to it; regressed, what was
    known before and fails at the end since its resource was changed.
    """
    figures = figures_of(history.at(since))
    known = {arn for at, copy in history.copies.items() if at <= since for arn in copy.things}
    net = _mended_and_broken(history, since, until, known)
    for check_id, of in figures.items():
        judged = of["pass"] + of["fail"] + of["unknown"] + of["gaps"]
        of["fail"] = min(judged, max(0, of["fail"] + net[check_id]))
        room = judged - of["fail"]
        for place in ("gaps", "unknown"):
            of[place] = min(of[place], room)
            room -= of[place]
        of["pass"] = room
    return score(figures)


def _mended_and_broken(history: Naive, since: datetime, until: datetime, known: set[str]) -> Counter[str]:
    """Count by check what regressed less what was fixed."""
    net: Counter[str] = Counter()
    last = history.at(since)
    waiting = {key for key, field in last.units.items() if field in FAILING}
    broken: dict[tuple[str, str], bool] = {}
    for at in (at for at in sorted(history.copies) if since < at <= until):
        now = history.copies[at]
        for key in last.units.keys() | now.units.keys():
            old, new = last.units.get(key, ABSENT), now.units.get(key, ABSENT)
            if old in FAILING and new not in FAILING:
                net[key[1]] -= key in waiting and new == "passed"
                waiting.discard(key)
                broken.pop(key, None)
            elif old not in FAILING and new in FAILING:
                before = last.things.get(key[0])
                broken[key] = before is not None and not _was_untold(last, key) and before.unseen_since is None
        last = now
    net.update(check_id for (arn, check_id), by_change in broken.items() if by_change and arn in known)
    return net
