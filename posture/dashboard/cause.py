"""Why a score moved, in one sentence: the check whose standing moved the score most, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from posture.checks import all_checks
from posture.core.score import Band
from posture.history import read
from posture.history.read import Share
from posture.history.scope import Scope
from posture.web.templatetags.words import day, plural


@dataclass(frozen=True, slots=True)
class Move:
    """One check between two dates. `weight` is by how much it pulls the score's lower end, down if above 0."""

    check_id: str
    weight: float
    failed: int
    """How many more fail."""
    unknown: int
    """How many more could not be told."""
    accounts: int
    """Accounts in which it fails now."""


def sentence(scope: Scope, band: Band, before: Band | None) -> str:
    """Return how far the score moved since `compare_to`, and what moved it most."""
    since = day(scope.compare_to)
    if before is None:
        return f"There was no score yet on {since} to compare with."
    points = round(band.low) - round(before.low)
    if points == 0:
        return f"Unchanged since {since}."
    moved = f"{'Up' if points > 0 else 'Down'} {abs(points)} since {since}"
    move = strongest(moves(scope), is_up=points > 0)
    return f"{moved}. The check that moved most: {words(move, is_up=points > 0)}." if move else f"{moved}."


def moves(scope: Scope) -> list[Move]:
    """Return how each check moved between the two dates."""
    then = {each.check_id: each for each in read.check_shares(scope, scope.compare_to)}
    now = {each.check_id: each for each in read.check_shares(scope, scope.as_of)}
    return [_move(check_id, now, then) for check_id in now.keys() | then.keys()]


def _move(check_id: str, now: Mapping[str, Share], then: Mapping[str, Share]) -> Move:
    new, old = now.get(check_id), then.get(check_id)
    weight = (new or then[check_id]).severity.weight
    return Move(
        check_id=check_id,
        weight=weight * (_low_share(new) - _low_share(old)),
        failed=(new.failing if new else 0) - (old.failing if old else 0),
        unknown=(new.untold if new else 0) - (old.untold if old else 0),
        accounts=new.accounts if new else 0,
    )


def _low_share(stood: Share | None) -> float:
    return (stood.failing + stood.untold) / stood.judged if stood and stood.judged else 0.0


def strongest(found: list[Move], *, is_up: bool) -> Move | None:
    """Return the move that pulled hardest the way the score went; None where none did."""
    pulling = [one for one in found if (one.weight < 0) == is_up and one.weight and (one.failed or one.unknown)]
    return max(pulling, key=lambda one: (abs(one.weight), one.check_id), default=None)


def words(move: Move, *, is_up: bool) -> str:
    """Word a move: what it is that fails or passes now, on how many resources, in how many accounts."""
    quoted = f"\N{LEFT DOUBLE QUOTATION MARK}{title(move.check_id)}\N{RIGHT DOUBLE QUOTATION MARK}"
    if is_up:
        return f"{quoted} {_better(move)}"
    return f"{quoted} {_worse(move)}"


def title(check_id: str) -> str:
    """Return a check's title; its id where the check is gone since."""
    check = all_checks().get(check_id)
    return check.title if check else check_id


def _better(move: Move) -> str:
    if move.failed < 0:
        return f"fails on {plural(-move.failed, 'fewer resource,fewer resources')}"
    if move.unknown < 0:
        return "can be told again"
    return "weighs less, with more that pass"


def _worse(move: Move) -> str:
    if move.failed > 0:
        where = f", in {plural(move.accounts, 'account')} in all" if move.accounts else ""
        return f"fails on {plural(move.failed, 'more resource,more resources')}{where}"
    if move.unknown > 0:
        return f"can no longer be told on {plural(move.unknown, 'resource')}"
    return "weighs more, with fewer that pass"
