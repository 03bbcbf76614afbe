"""One file per resource type: pure judgements without AWS client or database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from posture.core.check import JUDGE_SECONDS, Check
from posture.core.classification import DEFAULT, Scheme, using
from posture.core.clock import Clock
from posture.core.gap import Gap
from posture.core.outcome import Status
from posture.core.parameters import NO_VALUES, Parameter, Values, accept_stored, accept_written, watched
from posture.core.parameters import using as using_values
from posture.core.registry import declared
from posture.core.related import Neighbourhood
from posture.core.resource import Resource
from posture.core.sweep import Judgement
from posture.core.watchdog import watching
from posture.kubernetes.objects import kept_checks


@cache
def all_checks() -> dict[str, Check]:
    """Return every check by its id, those of kept Kubernetes objects included."""
    return {**declared(__name__, Check, "id"), **kept_checks()}


@cache
def checks_of(resource_type: str) -> tuple[Check, ...]:
    """Return the checks that judge a resource type."""
    return tuple(check for check in all_checks().values() if check.resource_type == resource_type)


@cache
def all_parameters() -> dict[str, Parameter[Any]]:
    """Return every parameter by its name, sorted by title."""
    found = declared(__name__, Parameter, "name")
    return dict(sorted(found.items(), key=lambda item: item[1].title))


@cache
def read_parameters() -> dict[str, frozenset[str]]:
    """Return the names of the parameters that each check judges by.

    They are found by watching it judge its own examples; the classification of data is one of them.
    """
    return {check.id: _reads(check) for check in all_checks().values()}


def _reads(check: Check) -> frozenset[str]:
    with watched() as read:
        for example in check.examples:
            check(example)
    return frozenset(read)


def parameters_of(check_id: str) -> list[Parameter[Any]]:
    """Return the parameters that a check judges by; none for an unknown check."""
    names = read_parameters().get(check_id, frozenset())
    return [parameter for name, parameter in all_parameters().items() if name in names]


def checks_by_parameter(name: str) -> list[Check]:
    """Return the checks that judge by a parameter, sorted by title."""
    return sorted(
        (check for check in all_checks().values() if name in read_parameters()[check.id]), key=attrgetter("title")
    )


def own_values(stored: Mapping[str, object]) -> Values:
    """Return stored values as checks read them, without the defaults."""
    return accept_stored(all_parameters(), stored)


def read_values(written: Mapping[str, object]) -> Values:
    """Return written values as checks read them, or raise `ParameterError`."""
    return accept_written(all_parameters(), written)


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
    values: Values = NO_VALUES,
    only: Callable[[Check], bool] | None = None,
    around: Callable[[], Neighbourhood] | None = None,
) -> list[Judgement]:
    """Judge every resource of one account by all checks of its type.

    Data is classified by `scheme`; `values` are those of parameters that differ from the defaults.

    `only` chooses among the checks. Where `resources` are some of an account's, `around` gives all of them.
    """
    of_kinds = {kind: [each for each in checks_of(kind) if only is None or only(each)] for kind in _types(resources)}
    chosen = {kind: checks for kind, checks in of_kinds.items() if checks}
    if any("related" in check.takes for checks in chosen.values() for check in checks):
        neighbourhood = around() if around else Neighbourhood(resources, gaps)
    else:
        neighbourhood = Neighbourhood((), ())
    # Whoever judges comes here: the sweep, and the recording of what changed.
    with using(scheme), using_values(values), watching(JUDGE_SECONDS):
        return [
            Judgement(check.id, resource, check.judge(resource, neighbourhood, clock))
            for resource in resources
            for check in chosen.get(resource.type, ())
        ]


def _types(resources: Sequence[Resource]) -> set[str]:
    return {resource.type for resource in resources}
