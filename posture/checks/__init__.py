"""One file per resource type: pure judgements without AWS client or database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from posture.core.check import JUDGE_SECONDS, Check
from posture.core.classification import DEFAULT, Scheme, using
from posture.core.clock import Clock
from posture.core.gap import Gap
from posture.core.outcome import Status
from posture.core.registry import declared
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.sweep import Judgement
from posture.core.watchdog import watching


@cache
def all_checks() -> dict[str, Check]:
    """Return every check by its id."""
    return declared(__name__, Check, "id")


@cache
def checks_of(resource_type: str) -> tuple[Check, ...]:
    """Return the checks that judge a resource type."""
    return tuple(check for check in all_checks().values() if check.resource_type == resource_type)


def title_of(check_id: str) -> str:
    """Return a check's title, the good state; its id where the code no longer has it."""
    check = all_checks().get(check_id)
    return check.title if check else check_id


def problem_of(check_id: str) -> str:
    """Return a failing check's problem; its id where the code has no such check."""
    check = all_checks().get(check_id)
    return check.problem if check else check_id


def finding_title(check_id: str, status: str) -> str:
    """Return a finding's title: the problem, or that the check is unknown."""
    if status == Status.UNKNOWN:
        return f"Could not check: {title_of(check_id)}"
    return problem_of(check_id)


def counted_title(check_id: str, *, failed: int, unknown: int) -> str:
    """Return the title of several outcomes: the worst's, else the check's own title."""
    if failed or unknown:
        return finding_title(check_id, Status.FAIL if failed else Status.UNKNOWN)
    return title_of(check_id)


def judge(
    resources: Sequence[Resource],
    gaps: Sequence[Gap],
    clock: Clock,
    scheme: Scheme = DEFAULT,
    *,
    only: Callable[[Check], bool] | None = None,
    around: Callable[[], Neighbourhood] | None = None,
) -> list[Judgement]:
    """Judge every resource of one account by all checks of its type.

    Data is classified by `scheme`.

    `only` chooses among the checks. Where `resources` are some of an account's, `around` gives all of them.
    """
    of_kinds = {kind: [each for each in checks_of(kind) if only is None or only(each)] for kind in _types(resources)}
    chosen = {kind: checks for kind, checks in of_kinds.items() if checks}
    if any("related" in check.takes for checks in chosen.values() for check in checks):
        neighbourhood = around() if around else Neighbourhood(resources, gaps)
    else:
        neighbourhood = Neighbourhood((), ())
    # Whoever judges comes here: the sweep, and the recording of what changed.
    with using(scheme), watching(JUDGE_SECONDS):
        return [
            Judgement(check.id, resource, check.judge(resource, neighbourhood, clock))
            for resource in resources
            for check in chosen.get(resource.type, ())
        ]


def _types(resources: Sequence[Resource]) -> set[str]:
    return {resource.type for resource in resources}
