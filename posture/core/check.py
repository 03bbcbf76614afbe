"""A check: a pure, decorated function that judges one resource, with examples.

    @check(
        resource_type="AWS::EC2::Volume",
        title="EBS volume is encrypted",
        problem="EBS volume is not encrypted",
        severity=Severity.HIGH,
        controls=("practices:encryption", "aws_fsbp:EC2.3"),
        aliases=("prowler:ec2_ebs_volume_encryption", "securityhub:EC2.3"),
        remediation=Remediation(console="…", cli="…", terraform="…"),
        examples=(passes({"Encrypted": True}), fails({"Encrypted": False})),
    )
    def ec2_volume_encrypted(volume: Resource) -> Outcome:
        \"\"\"Why it matters, for the person who must spend an afternoon on it.\"\"\"
        if volume.config["Encrypted"]:
            return passed("The volume is encrypted.", "Encrypted")
        return failed("The volume is not encrypted.", "Encrypted")

The function may also take `related` (resources around it, declared by `needs`) and `clock`, which it asks whether a
moment has come.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any, ClassVar

from posture.core.clock import Clock
from posture.core.gap import GapReason
from posture.core.outcome import Outcome, Severity, Status
from posture.core.parameters import using
from posture.core.population import judged
from posture.core.related import Neighbourhood, Related
from posture.core.resource import POPULATION, Resource
from posture.core.values import AbsentFieldError, Unknown, UnknownFieldError
from posture.core.watchdog import OutOfTimeError, current

logger = logging.getLogger(__name__)

JUDGE_SECONDS = 10.0
"""Processor time that a check may take for one resource; most take microseconds."""
MAX_EXPIRED = 3
"""After so many resources of one account on which it ran out of time, a check judges no more of them."""
EXAMPLE_ACCOUNT = "111122223333"
EXAMPLE_REGION = "eu-central-1"
EXAMPLE_NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Responsibility(StrEnum):
    """Whose duty the checked state is, in AWS's shared responsibility model."""

    CUSTOMER = "customer"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Remediation:
    """How to fix it: the console's clicks, a CLI line, and Terraform where it helps.

    `cli` may use the placeholders {name}, {arn}, {id}, {region} and {account}.
    """

    console: str
    cli: str = ""
    terraform: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A resource and its expected outcome: the check's test, and shown on its page."""

    status: Status
    config: Mapping[str, Any]
    title: str = ""
    observed: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] | Unknown = field(default_factory=dict)
    name: str = "example"
    region: str = EXAMPLE_REGION
    related: Sequence[Resource] = ()
    gaps: Sequence[str] = ()
    """Resource types whose listing was refused."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Values that differ from the parameters' defaults."""
    not_offered: Sequence[str] = ()
    """Resource types whose service AWS does not offer in the region."""

    def resource(self, resource_type: str) -> Resource:
        """Return the example as a resource of the check's type."""
        return Resource(
            type=resource_type,
            arn=f"arn:aws:example:{self.region}:{EXAMPLE_ACCOUNT}:{self.name}",
            account_id=EXAMPLE_ACCOUNT,
            region=self.region,
            name=self.name,
            raw_config=self.config,
            raw_observed=self.observed,
            raw_tags=self.tags,
        )


def passes(config: Mapping[str, Any], title: str = "", **rest: Any) -> Example:
    """An example that must pass."""
    return Example(Status.PASS, config, title, **rest)


def fails(config: Mapping[str, Any], title: str = "", **rest: Any) -> Example:
    """An example that must fail."""
    return Example(Status.FAIL, config, title, **rest)


def is_unknown(config: Mapping[str, Any], title: str = "", **rest: Any) -> Example:
    """An example whose outcome must be UNKNOWN."""
    return Example(Status.UNKNOWN, config, title, **rest)


def does_not_apply(config: Mapping[str, Any], title: str = "", **rest: Any) -> Example:
    """An example with nothing to judge."""
    return Example(Status.NOT_APPLICABLE, config, title, **rest)


def denied(action: str) -> Unknown:
    """A field that the role may not read, for examples."""
    return Unknown(action, "AccessDenied", GapReason.DENIED)


def neighbour(resource_type: str, config: Mapping[str, Any], **rest: Any) -> Resource:
    """A neighbouring resource, for examples of checks with `needs`."""
    return Example(Status.PASS, config, **rest).resource(resource_type)


Judge = Callable[..., Outcome]


@dataclass(frozen=True, slots=True)
class Check:
    """A judgement and everything that people need around it. Calling it judges."""

    do_not_call_in_templates: ClassVar[bool] = True
    """Pages show a check; Django's templates would otherwise call whatever can be called."""

    id: str
    function: Judge
    resource_type: str
    title: str
    """The good state, which passes: what lists of rules show."""
    problem: str
    """What is wrong where the check fails: what findings are called."""
    why: str
    severity: Severity
    controls: tuple[str, ...]
    examples: tuple[Example, ...]
    remediation: Remediation
    aliases: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    responsibility: Responsibility = Responsibility.CUSTOMER
    version: int = 1
    reads_observed: bool = False
    """Judged at every sweep, since an observed field may move without a new version."""
    exposes: bool = False
    """Failing means that strangers can reach the resource, or read what it holds."""
    protects: tuple[str, ...] = ()
    """Types of what the checked state protects in its account and region: without any, fixing it can wait."""
    module: str = ""
    takes: frozenset[str] = frozenset()

    @property
    def time_dependent(self) -> bool:
        """Whether the outcome may change although nothing else did."""
        return self.reads_clock or self.reads_observed

    @property
    def reads_clock(self) -> bool:
        """Whether the outcome may change by time alone."""
        return "clock" in self.takes

    @property
    def judges_members(self) -> bool:
        """Whether members of a population may differ with the same configuration."""
        return self.time_dependent or bool(self.needs)

    def judge(self, resource: Resource, neighbourhood: Neighbourhood, clock: Clock) -> Outcome:
        """Judge one resource, or a population.

        An unknown value, or a bug in the check, is UNKNOWN and never a pass.
        """
        if POPULATION not in resource.raw_config:
            return self._judge(resource, neighbourhood, clock)
        judge = partial(self._judge, neighbourhood=neighbourhood, clock=clock)
        try:
            return judged(resource, judge, each_member=self.judges_members)
        except Exception as error:
            logger.exception("check %s failed on %s", self.id, resource.arn)
            return _broken(error)

    def _judge(self, resource: Resource, neighbourhood: Neighbourhood, clock: Clock) -> Outcome:
        watch = current()
        if watch is None:
            return self._judge_unwatched(resource, neighbourhood, clock)
        if watch.expired[self.id] >= MAX_EXPIRED:
            return Outcome(Status.UNKNOWN, "Not judged: the check ran out of time on other resources of the account.")
        try:
            watch.begin()
            outcome = self._judge_unwatched(resource, neighbourhood, clock)
            watch.end()
        except OutOfTimeError:
            watch.expired[self.id] += 1
            logger.exception("check %s ran out of time on %s", self.id, resource.arn)
            limit = f"{watch.seconds:g} seconds"
            return Outcome(Status.UNKNOWN, f"The check took more than {limit} on this configuration and was ended.")
        return outcome

    def _judge_unwatched(self, resource: Resource, neighbourhood: Neighbourhood, clock: Clock) -> Outcome:
        extra: dict[str, Any] = {}
        if self.takes:
            if "related" in self.takes:
                extra["related"] = Related(neighbourhood, self.needs, resource.region)
            if "clock" in self.takes:
                extra["clock"] = clock
        try:
            return self.function(resource, **extra)
        except (UnknownFieldError, AbsentFieldError) as error:
            return unseen(error)
        except Exception as error:
            # AWS-supplied content is hostile: one odd resource must not end an account's sweep.
            logger.exception("check %s failed on %s", self.id, resource.arn)
            return _broken(error)

    def __call__(self, example: Example) -> Outcome:
        """Judge an example."""
        resource = example.resource(self.resource_type)
        near = [resource, *example.related]
        neighbourhood = Neighbourhood.of_example(near, example.gaps, EXAMPLE_ACCOUNT, example.not_offered)
        with using(example.parameters):
            return self.judge(resource, neighbourhood, Clock(EXAMPLE_NOW))


REFUSED = "Unknown:"
"""How the reason begins where a read was refused or failed, which a gap names; AWS leaving a field out is none."""
REFUSED_BEFORE_RELEASE = "Could not tell:"
"""The same in stored reasons of before version 0.1."""


def unseen(error: UnknownFieldError | AbsentFieldError) -> Outcome:
    """Return the outcome of a judgement that needed a field which was not to be had."""
    evidence = (error.path,) if error.path else ()
    if isinstance(error, AbsentFieldError):
        return Outcome(Status.UNKNOWN, f"AWS's answer leaves out {error.path}.", evidence)
    moves_score = error.unknown.reason != GapReason.ROLE_OUT_OF_DATE
    return Outcome(Status.UNKNOWN, f"{REFUSED} {error.unknown}.", evidence, moves_score)


_BEST_FIRST = (Status.PASS, Status.UNKNOWN, Status.FAIL, Status.NOT_APPLICABLE)


def best_of(*judgements: Callable[[], Outcome]) -> Outcome:
    """Return the best of several outcomes; an unseen one ranks before a failure."""
    return min(map(_outcome, judgements), key=lambda outcome: _BEST_FIRST.index(outcome.status))


def _outcome(judge: Callable[[], Outcome]) -> Outcome:
    try:
        return judge()
    except (UnknownFieldError, AbsentFieldError) as error:
        return unseen(error)


def _broken(error: Exception) -> Outcome:
    return Outcome(Status.UNKNOWN, f"The check itself failed on this configuration ({type(error).__name__}).")


def check(  # noqa: PLR0913 - a declaration names all that it declares
    *,
    resource_type: str,
    title: str,
    problem: str,
    severity: Severity,
    controls: Sequence[str],
    examples: Sequence[Example],
    remediation: Remediation,
    aliases: Sequence[str] = (),
    needs: Sequence[str] = (),
    responsibility: Responsibility = Responsibility.CUSTOMER,
    version: int = 1,
    reads_observed: bool = False,
    exposes: bool = False,
    protects: Sequence[str] = (),
) -> Callable[[Judge], Check]:
    """Turn a function into a `Check`: its name is the id, its docstring the why."""

    def decorate(function: Judge) -> Check:
        takes = frozenset(list(inspect.signature(function).parameters)[1:])
        if not takes <= {"related", "clock"}:
            unknown = ", ".join(sorted(takes - {"related", "clock"}))
            raise TypeError(f"{function.__name__} takes {unknown}: a check may take its resource, related and clock.")
        return Check(
            id=function.__name__,
            function=function,
            resource_type=resource_type,
            title=title,
            problem=problem,
            why=inspect.cleandoc(function.__doc__ or ""),
            severity=severity,
            controls=tuple(controls),
            examples=tuple(examples),
            remediation=remediation,
            aliases=tuple(aliases),
            needs=tuple(needs),
            responsibility=responsibility,
            version=version,
            reads_observed=reads_observed,
            exposes=exposes,
            protects=tuple(protects),
            module=function.__module__,
            takes=takes,
        )

    return decorate
