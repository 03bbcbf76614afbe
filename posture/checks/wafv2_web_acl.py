"""Judge web ACLs: whether they have rules that block, and logs of what they did."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

ACL = "AWS::WAFv2::WebACL"
GET = "wafv2:GetWebACL"
FIREWALL_MANAGER = ("PreProcessFirewallManagerRuleGroups", "PostProcessFirewallManagerRuleGroups")
"""Rule groups that Firewall Manager puts before and after the account's own rules."""
_RULES_TAB = "WAF & Shield → Web ACLs → {name} → Rules → "
_GROUP = {"FirewallManagerStatement": {}, "OverrideAction": {"None": {}}, "Name": "org"}


def _rule(name: str = "common", *, metrics: bool = True, **decision: str) -> dict[str, Any]:
    made: dict[str, Any] = {key: {kind: {}} for key, kind in (decision or {"OverrideAction": "None"}).items()}
    return {"Name": name, "VisibilityConfig": {"CloudWatchMetricsEnabled": metrics}, **made}


def _acl(*rules: dict[str, Any], default: str = "Allow", **rest: Any) -> dict[str, Any]:
    return {"DefaultAction": {default: {}}, "Rules": list(rules), "RuleGroups": [], **rest}


@check(
    resource_type=ACL,
    title="Web ACL has rules",
    problem="Web ACL has no rules",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:WAF.10"),
    aliases=("securityhub:WAF.10", "prowler:wafv2_webacl_with_rules"),
    remediation=Remediation(
        console=_RULES_TAB + "Add rules → Managed rule groups: the core rule set and known bad inputs to begin with.",
        cli="aws wafv2 update-web-acl --region {region} --name {name} --id <id> --scope <scope> --lock-token <token> "
        "--default-action Allow={{}} --visibility-config <visibility> --rules file://rules.json",
    ),
    examples=(
        passes(_acl(_rule())),
        passes(_acl(PreProcessFirewallManagerRuleGroups=[_GROUP]), "rules of Firewall Manager"),
        fails(_acl()),
        is_unknown({"Rules": denied(GET)}),
        is_unknown({"DefaultAction": {"Allow": {}}}, "the answer leaves out the rules"),
    ),
)
def wafv2_web_acl_has_rules(acl: Resource) -> Outcome:
    """An empty web ACL looks like protection on every list, and lets each request pass.

    Add managed rule groups, at first in count mode, and turn to blocking once you have seen what they match.
    """
    if acl.config["Rules"]:
        return passed("It has rules.", "Rules")
    managed = next((key for key in FIREWALL_MANAGER if acl.config.items_of(key)), None)
    return passed("Firewall Manager adds its rules.", managed) if managed else failed("It has no rule.", "Rules")


@check(
    resource_type=ACL,
    title="Web ACL blocks what its rules match",
    problem="Web ACL only counts what its rules match",
    severity=Severity.MEDIUM,
    controls=("practices:vpc",),
    remediation=Remediation(
        console=_RULES_TAB + "the rule → Edit → Action: Block, or for a rule group: do not override its actions.",
        cli="aws wafv2 update-web-acl --region {region} --name {name} --id <id> --scope <scope> --lock-token <token> "
        "--default-action Allow={{}} --visibility-config <visibility> --rules file://rules.json",
        terraform="override_action {\n  none {}\n}",
    ),
    examples=(
        passes(_acl(_rule())),
        passes(_acl(_rule(Action="Count"), _rule(Action="Challenge"))),
        passes(_acl(_rule(Action="Allow"), default="Block"), "only what is named may pass"),
        passes(_acl(_rule(Action="Count"), PostProcessFirewallManagerRuleGroups=[_GROUP]), "Firewall Manager's block"),
        fails(_acl(_rule(OverrideAction="Count"), _rule(Action="Count"))),
        fails(_acl(_rule(Action="Allow")), "nothing but exceptions"),
        fails(
            _acl(_rule(Action="Count"), PreProcessFirewallManagerRuleGroups=[{"OverrideAction": {"Count": {}}}]),
            "Firewall Manager's count, too",
        ),
        is_unknown({"Rules": denied(GET), "DefaultAction": denied(GET)}),
        does_not_apply(_acl(), "no rule"),
    ),
)
def wafv2_web_acl_blocks(acl: Resource) -> Outcome:
    """Rules in count mode only watch: attacks reach the application, and show in a metric that few look at.

    Count mode is for the first days of a rule and is easily forgotten afterwards.
    """
    config = acl.config
    rules = [*config["Rules"], *(group for key in FIREWALL_MANAGER for group in config.items_of(key))]
    if not rules:
        return not_applicable("It has no rule.", "Rules")
    if "Block" in config["DefaultAction"]:
        return passed("What no rule allows is blocked.", "DefaultAction")
    if any(_blocks(rule) for rule in rules):
        return passed("At least one rule blocks or challenges what it matches.", "Rules")
    return failed("No rule blocks or challenges anything, and the rest is allowed.", "Rules", "DefaultAction")


def _blocks(rule: Any) -> bool:
    """Return True where a rule blocks or challenges, or leaves that to its rule group."""
    return bool({"Block", "Captcha", "Challenge"} & set(rule.get("Action") or ())) or "None" in (
        rule.get("OverrideAction") or ()
    )


@check(
    resource_type=ACL,
    title="Web ACL logs requests",
    problem="Web ACL does not log requests",
    severity=Severity.LOW,
    controls=("practices:activity", "aws_fsbp:WAF.11"),
    aliases=("securityhub:WAF.11", "prowler:wafv2_webacl_logging_enabled"),
    remediation=Remediation(
        console="WAF & Shield → Web ACLs → {name} → Logging and metrics → Enable logging, to a log group, a bucket or "
        "a stream whose name begins with aws-waf-logs-.",
        cli="aws wafv2 put-logging-configuration --region {region} --logging-configuration "
        "ResourceArn={arn},LogDestinationConfigs=<destination>",
        terraform='resource "aws_wafv2_web_acl_logging_configuration" "front" {\n'
        "  resource_arn            = aws_wafv2_web_acl.front.arn\n"
        "  log_destination_configs = [aws_cloudwatch_log_group.waf.arn]\n}",
    ),
    examples=(
        passes({"LoggingConfiguration": {"LogDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-archive"]}}),
        fails({"LoggingConfiguration": None}),
        is_unknown({"LoggingConfiguration": denied("wafv2:GetLoggingConfiguration")}),
    ),
)
def wafv2_web_acl_logs(acl: Resource) -> Outcome:
    """The log names each request with the rule that matched, and so both attackers and false alarms.

    The sampled requests that AWS keeps instead are gone after three hours.
    """
    logging = acl.config["LoggingConfiguration"]
    destinations = logging["LogDestinationConfigs"] if logging else []
    if destinations:
        return passed(f"It logs to {', '.join(destinations)}.", "LoggingConfiguration.LogDestinationConfigs")
    return failed("It has no log.", "LoggingConfiguration")


@check(
    resource_type=ACL,
    title="Web ACL's rules have CloudWatch metrics",
    problem="Web ACL has rules without CloudWatch metrics",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:WAF.12"),
    aliases=("securityhub:WAF.12", "prowler:wafv2_webacl_rule_logging_enabled"),
    remediation=Remediation(
        console="WAF & Shield → Web ACLs → {name} → Logging and metrics → Edit metrics: every rule; of a rule group of "
        "your own: Rule groups → the group → Rules → Edit.",
        cli="aws wafv2 update-web-acl --region {region} --name {name} --id <id> --scope <scope> --lock-token <token> "
        "--default-action Allow={{}} --visibility-config <visibility> --rules file://rules.json",
        terraform="visibility_config { cloudwatch_metrics_enabled = true }",
    ),
    examples=(
        passes(_acl(_rule())),
        passes(_acl(_rule(), RuleGroups=[{"ARN": "own", **_rule(), "Rules": [_rule("countries")]}])),
        fails(_acl(_rule(), _rule("partners", metrics=False))),
        fails(_acl(_rule(), RuleGroups=[{"ARN": "own", **_rule(metrics=False), "Rules": []}]), "its own rule group"),
        fails(_acl(_rule(), RuleGroups=[{"ARN": "own", **_rule(), "Rules": [_rule("countries", metrics=False)]}])),
        is_unknown({"Rules": denied(GET), "RuleGroups": denied(GET)}),
        is_unknown(
            _acl(_rule(), RuleGroups=[{"ARN": "own", "VisibilityConfig": denied("wafv2:GetRuleGroup")}]),
            "a rule group that may not be read",
        ),
        does_not_apply(_acl(), "no rule"),
    ),
)
def wafv2_web_acl_rules_measured(acl: Resource) -> Outcome:
    """Metrics are what an alarm for a sudden flood of blocked requests is made of.

    Without them neither an attack nor a rule that turns customers away is noticed in time.
    """
    rules = list(_rules(acl))
    if not rules:
        return not_applicable("It has no rule.", "Rules")
    for path, each in rules:
        if not each["VisibilityConfig"]["CloudWatchMetricsEnabled"]:
            return failed(
                f"{each.get('Name') or each.get('ARN')} has no metrics.",
                f"{path}.VisibilityConfig.CloudWatchMetricsEnabled",
            )
    return passed("Every rule has metrics.", "Rules")


def _rules(acl: Resource) -> Iterator[tuple[str, Any]]:
    """Yield the rules, and those of their rule groups, with paths."""
    for index, rule in enumerate(acl.config["Rules"]):
        yield f"Rules[{index}]", rule
    for place, group in enumerate(acl.config["RuleGroups"]):
        yield f"RuleGroups[{place}]", group
        for index, rule in enumerate(group["Rules"]):
            yield f"RuleGroups[{place}].Rules[{index}]", rule
