"""Judges whether events that CIS names raise an alarm that somebody receives.

For each control a chain is needed: a trail of all regions that delivers every management event to a log group, a metric
filter on it that matches the events, an alarm on the metric, and an action with a receiver. Filters may share the work.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from posture.checks.cloudtrail_events import EVERYTHING, management_events
from posture.core.arn import Arn
from posture.core.check import (
    EXAMPLE_ACCOUNT,
    Check,
    Example,
    Judge,
    Remediation,
    best_of,
    check,
    denied,
    does_not_apply,
    fails,
    is_unknown,
    neighbour,
    passes,
)
from posture.core.filter_patterns import Facts, alternatives, matches_all, parse, speaks_of
from posture.core.outcome import Outcome, Severity, Status, failed, not_applicable, passed, unknown
from posture.core.related import Keys, Related
from posture.core.resource import GLOBAL, Resource
from posture.core.values import any_of

TRAIL, FILTER = "AWS::CloudTrail::Trail", "AWS::Logs::MetricFilter"
ALARM, COMPOSITE, TOPIC = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::SNS::Topic"
TRAILS = "MultiRegionTrails"
RECEIVERS = ("lambda", "ssm", "ssm-incidents", "devops-guru", "aiops")
"""Services whose alarm actions reach somebody, or something, without a topic."""
_NAME = ("$.eventName", "=")
_SHOWN = 3
"""How many events a sentence names."""
ORDINARY_PATTERN = (
    '{ ($.eventSource = "ec2.amazonaws.com") && ($.eventName = "DescribeInstances") && '
    '($.eventType = "AwsApiCall") && ($.userIdentity.type = "AssumedRole") && ($.readOnly IS TRUE) && '
    "($.errorCode NOT EXISTS) && ($.errorMessage NOT EXISTS) && ($.userIdentity.invokedBy NOT EXISTS) && "
    '($.sourceIPAddress = "192.0.2.1") }'
)
"""An event that no control means: an alarm on a filter that matches it too rings without end."""


@dataclass(frozen=True, slots=True)
class Events:
    """Events to raise an alarm: a pattern after CIS, and what else is true of them."""

    what: str
    pattern: str
    also: str = ""
    """Comparisons that hold of all these events anyway, so that a filter may make them."""


ORDINARY = Events("ordinary calls", ORDINARY_PATTERN)


@cache
def wanted(events: Events) -> tuple[Facts, ...]:
    """Return the facts of each kind of event."""
    also = next(alternatives(parse(events.also))) if events.also else frozenset()
    return tuple(facts | also for facts in alternatives(parse(events.pattern)))


def _calls(what: str, source: str, *names: str) -> Events:
    """Return calls of one service; a filter need not name the service."""
    named = " || ".join(f'($.eventName = "{name}")' for name in names)
    return Events(
        what,
        f'{{ ($.eventSource = "{source}.amazonaws.com") && ({named}) }}',
        also='{ $.eventType = "AwsApiCall" }',
    )


_SIGN_IN = '{ ($.eventSource = "signin.amazonaws.com") && ($.eventType = "AwsConsoleSignIn") }'
_AGREED = '($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket")'

UNAUTHORIZED = Events(
    "unauthorized calls",
    f'{{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) && {_AGREED} }}',
)
NO_MFA = Events(
    "console sign-ins without MFA",
    '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && '
    '($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    also=_SIGN_IN[:-1] + '&& ($.additionalEventData.MFAUsed = "No") }',
)
ROOT = Events(
    "use of root",
    '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && ($.eventType != "AwsServiceEvent") }',
)
IAM_POLICIES = _calls(
    "changes to IAM policies",
    "iam",
    *("DeleteGroupPolicy", "DeleteRolePolicy", "DeleteUserPolicy", "PutGroupPolicy", "PutRolePolicy", "PutUserPolicy"),
    *("CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "AttachRolePolicy"),
    *("DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy", "DetachGroupPolicy"),
)
CLOUDTRAIL = _calls(
    "changes to CloudTrail",
    "cloudtrail",
    *("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"),
)
FAILED_SIGN_IN = Events(
    "failed console sign-ins",
    '{ ($.eventName = "ConsoleLogin") && ($.errorMessage = "Failed authentication") }',
    also=_SIGN_IN,
)
KMS = _calls("disabling or deleting of KMS keys", "kms", "DisableKey", "ScheduleKeyDeletion")
BUCKET_POLICIES = _calls(
    "changes to bucket policies",
    "s3",
    *("PutBucketAcl", "PutBucketPolicy", "PutBucketCors", "PutBucketLifecycle", "PutBucketReplication"),
    *("DeleteBucketPolicy", "DeleteBucketCors", "DeleteBucketLifecycle", "DeleteBucketReplication"),
)
CONFIG = _calls(
    "changes to Config",
    "config",
    *("StopConfigurationRecorder", "DeleteDeliveryChannel", "PutDeliveryChannel", "PutConfigurationRecorder"),
)
SECURITY_GROUPS = _calls(
    "changes to security groups",
    "ec2",
    *("AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupIngress"),
    *("RevokeSecurityGroupEgress", "CreateSecurityGroup", "DeleteSecurityGroup"),
)
NETWORK_ACLS = _calls(
    "changes to network ACLs",
    "ec2",
    *("CreateNetworkAcl", "CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry"),
    *("ReplaceNetworkAclEntry", "ReplaceNetworkAclAssociation"),
)
GATEWAYS = _calls(
    "changes to gateways",
    "ec2",
    *("CreateCustomerGateway", "DeleteCustomerGateway", "AttachInternetGateway", "CreateInternetGateway"),
    *("DeleteInternetGateway", "DetachInternetGateway"),
)
ROUTE_TABLES = _calls(
    "changes to route tables",
    "ec2",
    *("CreateRoute", "CreateRouteTable", "ReplaceRoute", "ReplaceRouteTableAssociation", "DeleteRouteTable"),
    *("DeleteRoute", "DisassociateRouteTable"),
)
VPCS = _calls(
    "changes to VPCs",
    "ec2",
    *("CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "AcceptVpcPeeringConnection", "CreateVpcPeeringConnection"),
    *("DeleteVpcPeeringConnection", "RejectVpcPeeringConnection", "AttachClassicLinkVpc", "DetachClassicLinkVpc"),
    *("DisableVpcClassicLink", "EnableVpcClassicLink"),
)
ORGANIZATION = _calls(
    "changes to the Organization",
    "organizations",
    *("AcceptHandshake", "AttachPolicy", "CreateAccount", "CreateOrganizationalUnit", "CreatePolicy"),
    *("DeclineHandshake", "DeleteOrganization", "DeleteOrganizationalUnit", "DeletePolicy", "DetachPolicy"),
    *("DisablePolicyType", "EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization", "MoveAccount"),
    *("RemoveAccountFromOrganization", "UpdatePolicy", "UpdateOrganizationalUnit"),
)


def judge(account: Resource, related: Related, events: Events) -> Outcome:
    """Judge whether somebody receives an alarm for each of the events."""
    trails = account.config[TRAILS]
    own = [arn for arn in map(Arn.parse, sorted({trail["TrailARN"] for trail in trails})) if _is_own(account, arn)]
    best = best_of(*(partial(_judge_trail, arn, related, events) for arn in own), _nothing_delivers)
    return (_elsewhere(account) or best) if best.status is Status.FAIL else best


def _is_own(account: Resource, arn: Arn) -> bool:
    return arn.account_id == account.account_id


def _nothing_delivers() -> Outcome:
    return failed("No trail delivers all management events of all regions to a log group of this account.", TRAILS)


def _elsewhere(account: Resource) -> Outcome | None:
    """Return the outcome where the Organization's trail has the account's events."""
    trails = [trail for trail in account.config[TRAILS] if trail.get("IsLogging") is not False]
    owners = {Arn.parse(trail["TrailARN"]).account_id for trail in trails} - {account.account_id}
    if not owners:
        return None
    return not_applicable(
        f"The Organization's trail has this account's events; alarms on them are judged in account {min(owners)}.",
        TRAILS,
    )


def _judge_trail(arn: Arn, related: Related, events: Events) -> Outcome:
    found = [trail for trail in related.everywhere(TRAIL) if trail.config["TrailARN"] == str(arn)]
    if not found:
        return unknown(f"Where trail {arn.name} delivers is seen only in {arn.region}, which is not swept.", TRAILS)
    config = found[0].config
    destination = config.get("CloudWatchLogsLogGroupArn")
    if not destination or not config["IsLogging"] or management_events(found[0]) != EVERYTHING:
        return _nothing_delivers()
    group = Arn.parse(destination)
    if group.account_id != arn.account_id:
        return unknown(f"Trail {arn.name} delivers to a log group of account {group.account_id}.", TRAILS)
    return _judge_log_group(_Watch(group, related), events)


def _judge_log_group(watch: _Watch, events: Events) -> Outcome:
    missing = [facts for facts in wanted(events) if not watch.is_received(facts)]
    if not missing:
        return passed(f"For {events.what} in log group {watch.name} an alarm is received.", TRAILS)
    if all(watch.is_received(facts, benefit=True) for facts in missing):
        return unknown(
            f"For {events.what} a pattern is too complex to compare, or the topic belongs to another account.", TRAILS
        )
    return failed(watch.reason(missing, events), TRAILS)


class _Watch:
    """What watches one log group."""

    def __init__(self, group: Arn, related: Related) -> None:
        self.name = group.resource.removeprefix("log-group:").removesuffix(":*")
        self._account_id, self._region = group.account_id, group.region
        self._related = related
        self._heard: dict[tuple[str, bool], bool] = {}

    def is_received(self, facts: Facts, *, benefit: bool = False) -> bool:
        """Return True if an alarm for events of these facts is received.

        `benefit` gives what cannot be seen the benefit of the doubt; what could not be read raises.
        """
        return self._any(FILTER, _log_group, self.name, partial(self._calls, facts=facts, benefit=benefit))

    def reason(self, missing: Sequence[Facts], events: Events) -> str:
        """Return why nobody receives an alarm."""
        filters = self._by(FILTER, _log_group, self.name)
        matching = [[one for one in filters if _matches(one, facts)] for facts in missing]
        if not all(matching):
            unseen = [facts for facts, found in zip(missing, matching, strict=True) if not found]
            return f"No metric filter on log group {self.name} matches {_named(unseen, events)}."
        counting = list({one.arn: one for found in matching for one in found}.values())
        metrics = dict.fromkeys(metric for one in counting for metric in _metrics(one))
        alarms = [alarm for metric in metrics for alarm in self._by(ALARM, _watched, metric)]
        if not alarms:
            return f"No alarm watches the metric of filter {counting[0].name}, which counts {events.what}."
        return f"Alarm {alarms[0].name} for {events.what} has no action that is on, or nobody has subscribed to it."

    def _by(self, resource_type: str, keys: Keys, key: str) -> list[Resource]:
        return self._related.here_by(resource_type, keys, key, region=self._region)

    def _any(self, resource_type: str, keys: Keys, key: str, answer: Callable[[Resource], bool]) -> bool:
        return self._related.any_by(resource_type, keys, key, answer, region=self._region)

    def _calls(self, one: Resource, *, facts: Facts, benefit: bool) -> bool:
        if not _matches(one, facts, benefit=benefit):
            return False
        return any_of(*(partial(self._is_watched, metric, benefit=benefit) for metric in _metrics(one)))

    def _is_watched(self, metric: str, *, benefit: bool) -> bool:
        known = self._heard.get((metric, benefit))
        if known is None:
            known = self._any(ALARM, _watched, metric, partial(self._is_heard, benefit=benefit))
            self._heard[metric, benefit] = known
        return known

    def _is_heard(self, alarm: Resource, *, benefit: bool) -> bool:
        """Return True if somebody receives the alarm, by itself or by a composite alarm."""
        called = partial(self._is_called, benefit=benefit)
        names = dict.fromkeys((alarm.name, alarm.arn))
        return any_of(
            partial(called, alarm), *(partial(self._any, COMPOSITE, _followed, name, called) for name in names)
        )

    def _is_called(self, alarm: Resource, *, benefit: bool) -> bool:
        if not alarm.config["ActionsEnabled"]:
            return False
        actions = (str(action) for action in alarm.config["AlarmActions"])
        receivers = [Arn.parse(action) for action in actions if action.startswith("arn:")]
        return any_of(*(partial(self._is_receiver, action, benefit=benefit) for action in receivers))

    def _is_receiver(self, action: Arn, *, benefit: bool) -> bool:
        if action.service != "sns":
            return action.service in RECEIVERS
        if action.account_id != self._account_id:
            return benefit
        return self._any(TOPIC, _arn, str(action), _has_subscriber)


def _has_subscriber(topic: Resource) -> bool:
    return int(topic.observed["SubscriptionsConfirmed"]) > 0


def _matches(one: Resource, facts: Facts, *, benefit: bool = False) -> bool:
    pattern = str(one.config["filterPattern"])
    try:
        expression = parse(pattern)
        return matches_all(expression, facts) and not any(matches_all(expression, each) for each in wanted(ORDINARY))
    except ValueError:  # `PatternError` is one
        return benefit and speaks_of(pattern, facts)


def _arn(resource: Resource) -> tuple[str]:
    return (resource.arn,)


def _log_group(one: Resource) -> tuple[str]:
    return (one.config["logGroupName"],)


def _metrics(one: Resource) -> list[str]:
    """Return the metrics that a filter writes."""
    return [f"{each['metricNamespace']}/{each['metricName']}" for each in one.config["metricTransformations"]]


def _watched(alarm: Resource) -> list[str]:
    """Return the metrics that an alarm watches, alone or in a calculation."""
    metrics = [each.at("MetricStat", "Metric") for each in alarm.config.items_of("Metrics")]
    return [f"{one.get('Namespace')}/{one.get('MetricName')}" for one in (alarm.config, *filter(None, metrics))]


def _followed(composite: Resource) -> list[str]:
    """Return the alarms, by name or ARN, each of which sets off a composite alarm."""
    terms = [term.strip(" ()") for term in re.split(r"\s+OR\s+", str(composite.config["AlarmRule"]).strip())]
    named = [term.removeprefix("ALARM(").strip('"') for term in terms if term.startswith("ALARM(")]
    return [name for name in named if "(" not in name]


def _named(missing: Sequence[Facts], events: Events) -> str:
    """Return what the events are called; by name where only some are missing."""
    names = sorted({fact.value for facts in missing for fact in facts if (fact.field, fact.operator) == _NAME})
    if len(missing) == len(wanted(events)) or not names:
        return events.what
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}, which are among {events.what}"


_OWN = f"arn:aws:cloudtrail:eu-central-1:{EXAMPLE_ACCOUNT}:trail/account-trail"
_THEIRS = "arn:aws:cloudtrail:eu-central-1:999988887777:trail/organization-trail"
_GROUP = f"arn:aws:logs:eu-central-1:{EXAMPLE_ACCOUNT}:log-group:trail:*"
_SNS = f"arn:aws:sns:eu-central-1:{EXAMPLE_ACCOUNT}:alarms"


def _shown(*arns: str, **rest: object) -> dict[str, object]:
    own = {"Organization": {"MasterAccountId": EXAMPLE_ACCOUNT}}
    return {TRAILS: [{"TrailARN": arn, "IsLogging": True} for arn in arns], **own, **rest}


def _trail(**rest: object) -> Resource:
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    config = {"TrailARN": _OWN, "IsLogging": True, "EventSelectors": selectors, "CloudWatchLogsLogGroupArn": _GROUP}
    return neighbour(TRAIL, {**config, **rest}, name="account-trail")


def _filter(pattern: str, metric: str = "counted") -> Resource:
    transformations = [{"metricName": metric, "metricNamespace": "CIS", "metricValue": "1"}]
    config = {"logGroupName": "trail", "filterPattern": pattern, "metricTransformations": transformations}
    return neighbour(FILTER, config, name=f"filter-{metric}")


def _alarm(metric: str = "counted", **rest: object) -> Resource:
    config = {"MetricName": metric, "Namespace": "CIS", "ActionsEnabled": True, "AlarmActions": [_SNS]}
    return neighbour(ALARM, {**config, **rest}, name=f"alarm-{metric}")


def _topic(confirmed: object = "1") -> Resource:
    topic = neighbour(TOPIC, {}, name="alarms", observed={"SubscriptionsConfirmed": confirmed})
    return replace(topic, arn=_SNS)


def _composite(rule: str, **rest: object) -> Resource:
    return neighbour(COMPOSITE, {"AlarmRule": rule, "ActionsEnabled": True, "AlarmActions": [_SNS], **rest})


def _examples(events: Events) -> tuple[Example, ...]:
    chain = (_trail(), _filter(events.pattern), _alarm(), _topic())
    here = partial(passes, _shown(_OWN), region=GLOBAL)
    lacks = partial(fails, _shown(_OWN), region=GLOBAL)
    unseen = partial(is_unknown, _shown(_OWN), region=GLOBAL)
    return (
        here(related=chain),
        lacks("No filter", related=(chain[0], *chain[2:])),
        lacks("No alarm", related=(*chain[:2], chain[3])),
        lacks("Nobody has subscribed", related=(*chain[:3], _topic("0"))),
        fails(_shown(), "No trail", region=GLOBAL),
        does_not_apply(_shown(_THEIRS), "The Organization's trail", region=GLOBAL),
        unseen("Filters cannot be read", related=chain, gaps=(FILTER,)),
    )


def _alarmed(
    control: str, events: Events, *, prowler: str, severity: Severity = Severity.LOW, examples: tuple[Example, ...] = ()
) -> Callable[[Judge], Check]:
    """Declare the check of one control of section 5."""
    number = control.removeprefix("5.")
    hub = () if number == "15" else (f"securityhub:CloudWatch.{_HUB.get(number, number)}",)
    escaped = events.pattern.replace("{", "{{").replace("}", "}}")
    return check(
        resource_type="AWS::Account::Account",
        needs=(TRAIL, FILTER, ALARM, COMPOSITE, TOPIC),
        title=f"An alarm is received for {events.what}",
        problem=f"No alarm is received for {events.what}",
        severity=severity,
        controls=("practices:activity", f"cis_aws_7:{control}"),
        aliases=(*hub, f"prowler:{prowler}"),
        remediation=Remediation(
            console="CloudWatch → Log groups → the trail's log group → Metric filters → Create metric filter with the "
            "pattern of the command; then Create alarm on its metric: Sum ≥ 1 in 5 minutes, and an SNS topic to which "
            "somebody has subscribed.",
            cli=f"aws logs put-metric-filter --log-group-name <trail-log-group> --filter-name <name> "
            f"--metric-transformations metricName=<name>,metricNamespace=CIS,metricValue=1 "
            f"--filter-pattern '{escaped}'",
        ),
        examples=(*_examples(events), *examples),
    )


_HUB = {"1": "2", "2": "3", "3": "1"}
"""Security Hub's numbers where they differ."""
_NAMES = ("DisableKey", "ScheduleKeyDeletion")
_HALVES = tuple(_filter(f"{{ $.eventName = {name} }}", name) for name in _NAMES)
_ELSEWHERE = "arn:aws:sns:eu-central-1:999988887777:alarms"


@_alarmed("5.1", UNAUTHORIZED, prowler="cloudwatch_log_metric_filter_unauthorized_api_calls")
def cloudwatch_account_unauthorized_calls_alarmed(account: Resource, related: Related) -> Outcome:
    """Somebody who tries out what stolen keys can do is refused many times before he finds what he may do.

    The refusals are in the trail at once, and nobody reads a trail unasked.
    """
    return judge(account, related, UNAUTHORIZED)


@_alarmed("5.2", NO_MFA, prowler="cloudwatch_log_metric_filter_sign_in_without_mfa")
def cloudwatch_account_sign_ins_without_mfa_alarmed(account: Resource, related: Related) -> Outcome:
    """A password alone opened the console: it may have been guessed, bought or phished.

    Whoever is called while the session is young can still end it.
    """
    return judge(account, related, NO_MFA)


@_alarmed(
    "5.3",
    ROOT,
    prowler="cloudwatch_log_metric_filter_root_usage",
    severity=Severity.MEDIUM,
    examples=(
        fails(
            _shown(_OWN),
            "Matches every call",
            related=(_trail(), _filter("{ $.userIdentity.type = * }"), _alarm(), _topic()),
            region=GLOBAL,
        ),
        fails(
            _shown(_OWN),
            "A further condition leaves some out",
            related=(_trail(), _filter(ROOT.pattern[:-1] + '&& ($.eventName != "ConsoleLogin") }'), _alarm(), _topic()),
            region=GLOBAL,
        ),
        passes(
            _shown(_OWN),
            "Wider, without quotation marks",
            related=(_trail(), _filter("{$.userIdentity.type=Root}"), _alarm(), _topic()),
            region=GLOBAL,
        ),
        passes(
            _shown(_OWN),
            "A composite alarm calls",
            related=(
                _trail(),
                _filter(ROOT.pattern),
                _alarm(AlarmActions=[]),
                _composite('ALARM("other") OR ALARM("alarm-counted")'),
                _topic(),
            ),
            region=GLOBAL,
        ),
        fails(
            _shown(_OWN),
            "A composite alarm that calls only if another alarm rings too",
            related=(
                _trail(),
                _filter(ROOT.pattern),
                _alarm(AlarmActions=[]),
                _composite('ALARM("other") AND ALARM("alarm-counted")'),
                _topic(),
            ),
            region=GLOBAL,
        ),
        fails(
            _shown(_OWN),
            "Actions are off",
            related=(_trail(), _filter(ROOT.pattern), _alarm(ActionsEnabled=False), _topic()),
            region=GLOBAL,
        ),
        fails(
            _shown(_OWN),
            "The topic is gone",
            related=(_trail(), _filter(ROOT.pattern), _alarm()),
            region=GLOBAL,
        ),
        is_unknown(
            _shown(_OWN),
            "A topic of another account",
            related=(_trail(), _filter(ROOT.pattern), _alarm(AlarmActions=[_ELSEWHERE])),
            region=GLOBAL,
        ),
        is_unknown(
            _shown(_OWN),
            "Words instead of JSON, which are not compared",
            related=(_trail(), _filter('"Root"'), _alarm(), _topic()),
            region=GLOBAL,
        ),
        is_unknown(
            _shown(_OWN),
            related=(_trail(), _filter(ROOT.pattern), _alarm()),
            gaps=(TOPIC,),
            region=GLOBAL,
        ),
    ),
)
def cloudwatch_account_root_use_alarmed(account: Resource, related: Related) -> Outcome:
    """Root can do everything and no policy holds it, so each use of it is planned or an attack.

    An alarm lets you ask the owner within minutes which one it was.
    """
    return judge(account, related, ROOT)


@_alarmed("5.4", IAM_POLICIES, prowler="cloudwatch_log_metric_filter_policy_changes")
def cloudwatch_account_iam_policy_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """Who has got in gives himself more rights next, and new doors for later.

    A changed policy is the first trace of it that cannot be avoided.
    """
    return judge(account, related, IAM_POLICIES)


@_alarmed(
    "5.5",
    CLOUDTRAIL,
    prowler="cloudwatch_log_metric_filter_and_alarm_for_cloudtrail_configuration_changes_enabled",
    severity=Severity.MEDIUM,
    examples=(
        fails(_shown(_OWN), "No log group", related=(_trail(CloudWatchLogsLogGroupArn=None),), region=GLOBAL),
        fails(
            _shown(_OWN),
            "Stopped",
            related=(_trail(IsLogging=False), _filter(CLOUDTRAIL.pattern), _alarm(), _topic()),
            region=GLOBAL,
        ),
        passes(
            _shown(_OWN, _THEIRS),
            "An own trail besides the Organization's",
            related=(_trail(), _filter(CLOUDTRAIL.pattern), _alarm(), _topic()),
            region=GLOBAL,
        ),
        passes(
            _shown(_OWN),
            "The events in another order, and by a regular expression",
            related=(
                _trail(),
                _filter(
                    "{(($.eventName=%^St[a-z]+Logging$%)||((($.eventName=DeleteTrail)||$.eventName=UpdateTrail)||"
                    "$.eventName=CreateTrail))&&$.eventSource=cloudtrail*}"
                ),
                _alarm(),
                _topic(),
            ),
            region=GLOBAL,
        ),
        fails(
            _shown(_OWN),
            "One event is left out",
            related=(_trail(), _filter(CLOUDTRAIL.pattern.replace("StopLogging", "StartLogging")), _alarm(), _topic()),
            region=GLOBAL,
        ),
        is_unknown(_shown(_OWN), "Its home region was not swept", region=GLOBAL),
        is_unknown({TRAILS: denied("cloudtrail:DescribeTrails")}, region=GLOBAL),
    ),
)
def cloudwatch_account_cloudtrail_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """Intruders stop the record first, and what follows is not in it.

    The call that stops it is the last event to be recorded, and has to call somebody.
    """
    return judge(account, related, CLOUDTRAIL)


@_alarmed("5.6", FAILED_SIGN_IN, prowler="cloudwatch_log_metric_filter_authentication_failures")
def cloudwatch_account_failed_sign_ins_alarmed(account: Resource, related: Related) -> Outcome:
    """Guessing passwords shows as failed sign-ins, long before one succeeds.

    Seen in time, the address can be shut out and the users warned.
    """
    return judge(account, related, FAILED_SIGN_IN)


@_alarmed(
    "5.7",
    KMS,
    prowler="cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk",
    severity=Severity.MEDIUM,
    examples=(
        passes(
            _shown(_OWN),
            "Two filters share the work",
            related=(_trail(), *_HALVES, *map(_alarm, _NAMES), _topic()),
            region=GLOBAL,
        ),
        fails(
            _shown(_OWN),
            "One of two filters has an alarm",
            related=(_trail(), *_HALVES, _alarm(_NAMES[0]), _topic()),
            region=GLOBAL,
        ),
        passes(
            _shown(_OWN),
            "An alarm on a calculation with the metric",
            related=(
                _trail(),
                _filter(KMS.pattern),
                _alarm(
                    MetricName=None,
                    Namespace=None,
                    Metrics=[{"Id": "m1", "MetricStat": {"Metric": {"Namespace": "CIS", "MetricName": "counted"}}}],
                ),
                _topic(),
            ),
            region=GLOBAL,
        ),
    ),
)
def cloudwatch_account_kms_key_removal_alarmed(account: Resource, related: Related) -> Outcome:
    """Without its key, data is lost as surely as if it were erased, and backups with it.

    A scheduled deletion can be cancelled for 7 to 30 days, if somebody knows of it.
    """
    return judge(account, related, KMS)


@_alarmed("5.8", BUCKET_POLICIES, prowler="cloudwatch_log_metric_filter_for_s3_bucket_policy_changes")
def cloudwatch_account_bucket_policy_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """One changed policy makes a bucket public, or copies it to another account day by day.

    The sooner somebody looks, the less has been copied.
    """
    return judge(account, related, BUCKET_POLICIES)


@_alarmed("5.9", CONFIG, prowler="cloudwatch_log_metric_filter_and_alarm_for_aws_config_configuration_changes_enabled")
def cloudwatch_account_config_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """With its recorder stopped, AWS Config notices no change, and the rules that rest on it stay green.

    Only the call that stopped it shows that they mean nothing any more.
    """
    return judge(account, related, CONFIG)


@_alarmed("5.10", SECURITY_GROUPS, prowler="cloudwatch_log_metric_filter_security_group_changes")
def cloudwatch_account_security_group_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """A port opened for an hour of debugging is found by scanners within minutes, and often stays open.

    An alarm reaches whoever can ask why while it is still remembered.
    """
    return judge(account, related, SECURITY_GROUPS)


@_alarmed("5.11", NETWORK_ACLS, prowler="cloudwatch_changes_to_network_acls_alarm_configured")
def cloudwatch_account_network_acl_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """Network ACLs hold where a security group is wrong; few ever change them on purpose.

    A change is an opened way in, or an outage that nobody can explain.
    """
    return judge(account, related, NETWORK_ACLS)


@_alarmed("5.12", GATEWAYS, prowler="cloudwatch_changes_to_network_gateways_alarm_configured")
def cloudwatch_account_gateway_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """A gateway connects a network to the internet or to somebody's data center.

    A new one is a way in and out past everything that watches the known ones.
    """
    return judge(account, related, GATEWAYS)


@_alarmed("5.13", ROUTE_TABLES, prowler="cloudwatch_changes_to_network_route_tables_alarm_configured")
def cloudwatch_account_route_table_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """One route sends traffic around the firewall, or through a machine that reads it.

    Nothing else shows it: the traffic arrives as before.
    """
    return judge(account, related, ROUTE_TABLES)


@_alarmed("5.14", VPCS, prowler="cloudwatch_changes_to_vpcs_alarm_configured")
def cloudwatch_account_vpc_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """A peering joins two networks whose owners never meant them to meet; a new VPC may have none of your rules.

    Such changes are rare enough for each to be looked at.
    """
    return judge(account, related, VPCS)


_ORGANIZATION_EXAMPLES = (
    does_not_apply(_shown(_OWN, Organization={"MasterAccountId": "999988887777"}), "A member account", region=GLOBAL),
    does_not_apply(_shown(_OWN, Organization=None), "No Organization", region=GLOBAL),
    is_unknown(_shown(_OWN, Organization=denied("organizations:DescribeOrganization")), region=GLOBAL),
)


@_alarmed(
    "5.15",
    ORGANIZATION,
    prowler="cloudwatch_log_metric_filter_aws_organizations_changes",
    examples=_ORGANIZATION_EXAMPLES,
)
def cloudwatch_account_organization_changes_alarmed(account: Resource, related: Related) -> Outcome:
    """A guardrail detached, an account taken out of the Organization: one call, and rules of years are gone.

    Only the management account can make it, and only there it is recorded.
    """
    organization = account.config["Organization"]
    if organization is None or organization["MasterAccountId"] != account.account_id:
        return not_applicable("Only the management account of an Organization can change it.", "Organization")
    return judge(account, related, ORGANIZATION)
