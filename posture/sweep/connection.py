"""Connection test: try the way into an account step by step, with a fix for each.

AWS words a missing role, a wrong external id and a trust policy that names somebody else alike, so
that nobody can guess roles. Where the reason is unknown, the cure says what to look at, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from posture import permissions
from posture.collectors import all_collectors
from posture.core.arn import Arn
from posture.core.collector import Collector, ListingScope
from posture.core.gap import GapReason
from posture.sweep import service_models
from posture.sweep.actions import action_of
from posture.sweep.ask import AccountAsk, Location, Perform
from posture.sweep.calls import AccountCalls
from posture.sweep.credentials import SweepRole, assume, caller, no_policy_remedy
from posture.sweep.errors import AskError, CancelledError, Failure, classify
from posture.sweep.organization import About, Reader
from posture.sweep.regions import enabled, home_of
from posture.sweep.role_drift import Deployed
from posture.sweep.role_drift import read as read_deployed
from posture.sweep.run import Engine, Target

Item = TypeVar("Item")
Answer = TypeVar("Answer")

NEW_EXTERNAL_ID = "New external id"
"""The step that decides whether a rotation may be completed."""

NAMED = 12
"""How many actions or accounts a sentence lists before it counts the rest."""

REFUSALS = frozenset(
    {
        GapReason.ROLE_POLICY,
        GapReason.PERMISSIONS_BOUNDARY,
        GapReason.SESSION_POLICY,
        GapReason.SERVICE_CONTROL_POLICY,
        GapReason.RESOURCE_CONTROL_POLICY,
        GapReason.DENIED,
    }
)
"""Why an action counts as denied. A bucket's own policy says nothing of the role."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: attempt, whether it worked (None: not tried), finding, and fix."""

    name: str
    ok: bool | None
    detail: str
    remedy: str = ""
    blocks: bool = True
    """Without it there is no sweep; a step that does not block leaves gaps."""

    def as_json(self) -> dict[str, Any]:
        """Return the step as it is stored."""
        return asdict(self)


def connected(steps: Sequence[Step]) -> bool:
    """Whether a sweep can run, though there may be gaps in it."""
    return bool(steps) and all(step.ok is not False or not step.blocks for step in steps)


@dataclass(slots=True)
class Connection:
    """One try at reaching a target; `walk` yields steps up to the first that blocks."""

    engine: Engine
    target: Target
    expects_organization: bool
    collectors: Mapping[str, Collector] = field(default_factory=all_collectors)
    about: About | None = field(default=None, init=False)
    """The Organization that was found on the way."""

    def walk(self) -> Iterator[Step]:
        """Yield each step as it is done."""
        for step in self._steps():
            yield step
            if step.ok is False and step.blocks:
                return

    def _steps(self) -> Iterator[Step]:
        yield from self._enter()
        try:
            calls = self.engine.enter(self.target)
        except AskError as error:
            yield _failed("Account", error.failure)
            return
        yield Step("Account", ok=True, detail=f"The way leads into account {self.target.account_id}, as it should.")
        if self.expects_organization:
            yield from self._organization(calls)
        elif self.target.role is not None and self.target.role.former_external_id:
            yield self._rotation(self.target.role, [self.target.account_id])
        step, region = self._region(calls)
        yield step
        if self.target.role is not None:
            yield self._version(calls, self.target.role)
        yield self._permissions(calls, region)

    def _enter(self) -> Iterator[Step]:
        """Yield the steps up to the assumed role."""
        home = home_of(self.target.partition)
        name = "AWS credentials"
        try:
            own = self.engine.own(self.target.partition)
            who = caller(own, home)
        except AskError as error:
            remedy = error.failure.remedy
            if error.failure.reason is GapReason.CREDENTIALS_EXPIRED:
                remedy = "AWS refused the worker's own credentials: renew them, and check the clock of its machine."
            yield _failed(name, error.failure, remedy)
            return
        yield Step(name, True, f"The worker is {who}.")
        role = self.target.role
        if role is None:
            return
        name = "Role"
        try:
            assume(own, role, home)
        except AskError as error:
            yield _failed(name, error.failure, self._why_no_role(own, who, error.failure))
        else:
            yield Step(name, True, f"{role.arn} was assumed.")

    def _why_no_role(self, own: Perform, who: Arn, failure: Failure) -> str:
        """Return the cure for a refused AssumeRole, as far as it is known."""
        role = self.target.role
        if role is None or failure.error not in {"AccessDenied", "AccessDeniedException"}:
            return failure.remedy
        if self._lets_in_otherwise(own, role):
            return no_policy_remedy(role)
        if "identity-based policy" in failure.message:
            return f"Allow sts:AssumeRole on {role.arn} in the policies of the worker's own identity, {who}."
        if who.account_id == self.target.account_id and _role_is_missing(own, role.arn, home_of(self.target.partition)):
            return f"There is no role {role.arn}: deploy the role template in this account."
        return (
            f"AWS does not say which of these it is, so check them in this order in account {self.target.account_id}: "
            f"the role {Arn.parse(role.arn).role_name} exists (deploy the template); its trust policy asks for "
            f"{_external_id(role)}; its trust policy names {who}."
        )

    def _lets_in_otherwise(self, own: Perform, role: SweepRole) -> bool:
        """Whether the role may be assumed once AWS's policies narrow the session."""
        if role.is_narrowed_by_aws or not role.policy_arns:
            return False
        arns = permissions.session_policies(role.arn, ours=False, organization=self.target.organization)
        return _opens(own, replace(role, policy_arns=arns), home_of(self.target.partition))

    def _organization(self, calls: AccountCalls) -> Iterator[Step]:
        reader = Reader(calls, home_of(self.target.partition), self.engine.pool.each)
        try:
            about = self.about = reader.about()
        except AskError as error:
            remedy = error.failure.remedy
            if error.failure.reason is GapReason.SERVICE_NOT_ENABLED:
                remedy = "This account is in no Organization: onboard it as a single account instead."
            yield _failed("Organization", error.failure, remedy)
            return
        yield Step("Organization", True, self._membership(about))
        try:
            accounts = reader.accounts()
        except AskError as error:
            remedy = error.failure.remedy
            if about.management_account_id != self.target.account_id:
                remedy = (
                    f"Use the management account, {about.management_account_id}, or register this account there as "
                    f"delegated administrator of a service. If it is one already: {remedy}"
                )
            yield _failed("Accounts", error.failure, remedy)
            return
        active = [each["Id"] for each in accounts if (each.get("State") or each.get("Status")) == "ACTIVE"]
        if self.target.account_id not in [each["Id"] for each in accounts]:
            remedy = f"Use the management account, {about.management_account_id}, or a delegated administrator."
            yield Step("Accounts", False, "Organizations lists no accounts to this one.", remedy)
            return
        yield Step("Accounts", True, f"{len(accounts)} accounts, {len(active)} of them active.")
        yield self._members(active)
        if self.target.role is not None and self.target.role.former_external_id:
            yield self._rotation(self.target.role, active)

    def _membership(self, about: About) -> str:
        management = about.management_account_id
        membership = (
            "its management account"
            if management == self.target.account_id
            else f"a member of it; {management} is the management account"
        )
        features = "" if about.all_features else " It only shares its billing, so it has no policies."
        return f"{about.id}: this is {membership}.{features}"

    def _members(self, active: Sequence[str]) -> Step:
        """Try the role in every active account: one cheap call each."""
        name, role, own = "Role in the accounts", self.target.role, self.engine.own(self.target.partition)
        if role is None:
            remedy = "Give a role name, so that the other accounts can be reached as well."
            return Step(name, None, "Without a role only this account is swept.", remedy, blocks=False)
        home = home_of(self.target.partition)
        answers = self.engine.pool.each(lambda account: _opens(own, role.in_account(account), home), active)
        missing = [account for account, opens in zip(active, answers, strict=True) if not opens]
        if not missing:
            return Step(name, True, f"It can be assumed in all {len(active)} active accounts.", blocks=False)
        detail = f"It cannot be assumed in {len(missing)} of {len(active)} active accounts: {_some(missing)}."
        remedy = "Deploy the StackSet to these accounts; until then they are shown as not seen."
        return Step(name, False, detail, remedy, blocks=False)

    def _rotation(self, role: SweepRole, active: Sequence[str]) -> Step:
        """Return in which accounts the new external id is not accepted yet."""
        name, own, home = NEW_EXTERNAL_ID, self.engine.own(self.target.partition), home_of(self.target.partition)
        new = replace(role, former_external_id="")
        answers = self.engine.pool.each(lambda account: _opens(own, new.in_account(account), home), active)
        missing = [account for account, opens in zip(active, answers, strict=True) if not opens]
        if not missing:
            return Step(name, True, f"All {len(active)} active accounts accept it: complete the rotation.", "", False)
        detail = f"{len(missing)} of {len(active)} active accounts do not accept it yet: {_some(missing)}."
        return Step(name, False, detail, "Update the StackSet with the template that accepts both.", blocks=False)

    def _region(self, calls: AccountCalls) -> tuple[Step, str]:
        """Return the step that finds the regions, and one region to try things in."""
        home = home_of(self.target.partition)
        wanted = self.target.regions
        try:
            known = enabled(calls, home)
        except AskError as error:
            return _failed("Regions", error.failure, blocks=False), wanted[0] if wanted else home
        asked = [region for region in known if not wanted or region in wanted]
        closed = [region for region in wanted if region not in known]
        if not asked:
            remedy = f"Choose among the regions that are enabled: {_some(known)}."
            return Step("Regions", False, f"None of {_some(wanted)} is enabled in this account.", remedy), home
        detail = f"{len(asked)} regions will be swept: {_some(asked)}."
        if closed:
            detail += f" Not enabled in this account: {_some(closed)}."
        return Step("Regions", True, detail), home if home in asked else asked[0]

    def _permissions(self, calls: AccountCalls, region: str) -> Step:
        """Try every declared action that one page of one region reaches."""
        trial = _Trial(calls)
        chosen = [
            collector
            for collector in self.collectors.values()
            if collector.scope is not ListingScope.ORGANIZATION or self.target.organization
        ]
        self.engine.pool.each(lambda collector: self._try(collector, trial, region), chosen)
        declared = {action for collector in chosen for action in collector.actions}
        denied = sorted(trial.denied)
        untried = len(declared - trial.answered - trial.denied)
        rest = f" {untried} more could not be tried: there is nothing here yet to read by them." if untried else ""
        if denied:
            detail = f"{len(denied)} actions were denied: {_some(denied)}.{rest}"
            remedy = f"{trial.remedy} Until then what they read is shown as not seen."
            return Step("Permissions", False, detail, remedy, blocks=False)
        return Step("Permissions", True, f"{len(trial.answered)} actions answered in {region}.{rest}", blocks=False)

    def _version(self, calls: AccountCalls, role: SweepRole) -> Step:
        """Compare the deployed role with what today's code asks."""
        name = "Role version"
        if role.is_narrowed_by_aws:
            detail = "The role is one of your own: SecurityAudit and ViewOnlyAccess narrow its sessions."
            return Step(name, None, detail, "What these leave out is shown as not seen.", blocks=False)
        try:
            deployed = read_deployed(calls, role, home_of(self.target.partition))
        except AskError as error:
            remedy = f"Today's template lets the role read itself: deploy it. {error.failure.remedy}"
            return _failed(name, error.failure, remedy, blocks=False)
        wanted = permissions.management_actions() if self.target.organization else permissions.member_actions()
        return _compared(name, deployed, wanted)

    def _try(self, collector: Collector, trial: _Trial, region: str) -> None:
        where = region if collector.scope is ListingScope.REGIONAL else home_of(self.target.partition)
        location = Location(
            self.target.account_id, where, self.target.partition, datetime.now(UTC), self.engine.fingerprint_key
        )
        ask = AccountAsk(collector, location, trial, _only_first)
        try:
            next(iter(collector.gather(ask)), None)
        except (AskError, ValueError, LookupError, TypeError, AttributeError):
            # What was refused is noted by the trial. Other faults come of seeing one page and one item
            # alone, and are not what this step is about.
            return


def _compared(name: str, deployed: Deployed, wanted: Sequence[str]) -> Step:
    lacking, today = deployed.lacks(wanted), permissions.policy_version(wanted)
    tag = f"version {deployed.version}" if deployed.version else f"no {permissions.VERSION_TAG} tag"
    if not lacking:
        return Step(name, True, f"The role holds all {len(wanted)} actions; it carries {tag}.", blocks=False)
    lacks = f"It lacks {len(lacking)} of the {len(wanted)} actions of today: {_some(lacking)}."
    if deployed.version == today:
        remedy = "Its policies were changed by hand after it was deployed: update the stack with today's template."
        return Step(name, False, f"The role carries {tag}, which is today's. {lacks}", remedy, blocks=False)
    if deployed.is_of_today:
        remedy = "Deploy the management template here: the member template leaves out what belongs to the Organization."
        return Step(name, False, f"The role was made by the other of today's two templates. {lacks}", remedy, False)
    remedy = "Update the stack, and the StackSet of the other accounts, with today's templates."
    return Step(name, False, f"Role out of date: it carries {tag}, today's is {today}. {lacks}", remedy, blocks=False)


class _Trial:
    """Performs calls to test permissions: first pages only, recording refusals."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform
        self.answered: set[str] = set()
        self.denied: set[str] = set()
        self.remedy = ""

    def __call__(self, service: str, operation: str, region: str, params: Mapping[str, Any]) -> dict[str, Any]:
        action = action_of(service, operation)
        try:
            answer = self._perform(service, operation, region, params)
        except CancelledError:
            raise
        except Exception as error:
            failure = error.failure if isinstance(error, AskError) else classify(error, action)
            if failure.reason in REFUSALS:
                self.denied.add(action)
                self.remedy = failure.remedy
            else:
                self.answered.add(action)
            raise
        self.answered.add(action)
        paging = service_models.paging(service, operation) or {}
        tokens = paging.get("output_token", ())
        more = [tokens] if isinstance(tokens, str) else tokens
        return {key: value for key, value in answer.items() if key not in {*more, paging.get("more_results")}}


def _only_first(function: Callable[[Item], Answer], items: Iterable[Item]) -> list[Answer]:
    return [function(item) for item in list(items)[:1]]


def _opens(own: Perform, role: SweepRole, home: str) -> bool:
    try:
        assume(own, role, home)
    except AskError:
        return False
    return True


def _external_id(role: SweepRole) -> str:
    """Return what the trust policy must ask for, without the id, which pages show."""
    return "the external id of this organization's role" if role.external_id else "no external id"


def _role_is_missing(own: Perform, arn: str, home: str) -> bool:
    """Whether the worker, being in the same account, sees that there is no such role."""
    try:
        own("iam", "get_role", home, {"RoleName": Arn.parse(arn).name})
    except Exception as error:  # noqa: BLE001 - it may well not be allowed to look: then nothing is known
        return classify(error, "iam:GetRole").error in {"NoSuchEntity", "NoSuchEntityException"}
    return False


def _failed(name: str, failure: Failure, remedy: str = "", *, blocks: bool = True) -> Step:
    words = f": {failure.message}" if failure.message else ""
    return Step(name, False, f"{failure.action} failed with {failure.error}{words}", remedy or failure.remedy, blocks)


def _some(names: Sequence[str]) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")
