"""Judge Client VPN endpoints: logs, sign-in, and what everybody reaches."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

ENDPOINT = "AWS::EC2::ClientVpnEndpoint"
LIST, LIST_RULES = "ec2:DescribeClientVpnEndpoints", "ec2:DescribeClientVpnAuthorizationRules"
_EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_EDIT = "VPC → Client VPN endpoints → the endpoint → "
_MODIFY = "aws ec2 modify-client-vpn-endpoint --region {region} --client-vpn-endpoint-id {id} "


def _rule(destination: str, *, everybody: bool) -> dict[str, Any]:
    group = {} if everybody else {"GroupId": "S-1-5-21-1-2-3-1100"}
    return {"AuthorizationRules": [{"DestinationCidr": destination, "AccessAll": everybody, **group}]}


@check(
    resource_type=ENDPOINT,
    title="Client VPN endpoint logs connections",
    problem="Client VPN endpoint does not log connections",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "practices:vpc", "aws_fsbp:EC2.51"),
    aliases=("securityhub:EC2.51", "prowler:ec2_client_vpn_endpoint_connection_logging_enabled"),
    remediation=Remediation(
        console=_EDIT + "Actions → Modify client VPN endpoint → Enable log details on client connections.",
        cli=_MODIFY + "--connection-log-options Enabled=true,CloudwatchLogGroup=<log group>",
        terraform='resource "aws_ec2_client_vpn_endpoint" "this" {\n  connection_log_options {\n    enabled = true\n'
        "    cloudwatch_log_group = aws_cloudwatch_log_group.vpn.name\n  }\n}",
    ),
    examples=(
        passes({"ConnectionLogOptions": {"Enabled": True, "CloudwatchLogGroup": "/vpn"}}),
        fails({"ConnectionLogOptions": {"Enabled": False}}),
        is_unknown({"ConnectionLogOptions": denied(LIST)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def ec2_client_vpn_endpoint_logs_connections(endpoint: Resource) -> Outcome:
    """Whoever is behind the endpoint is inside your network; without a log nobody knows who was, and from where."""
    path = "ConnectionLogOptions.Enabled"
    if endpoint.config["ConnectionLogOptions"]["Enabled"]:
        return passed("Connections are logged.", path)
    return failed("Connections are not logged.", path)


@check(
    resource_type=ENDPOINT,
    title="Client VPN endpoint says which groups reach what",
    problem="Client VPN endpoint lets every user reach everything",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "practices:iam"),
    remediation=Remediation(
        console=_EDIT + "Authorization rules: a rule for each network with the group that works in it, in place of "
        "0.0.0.0/0 for all users.",
        cli="aws ec2 revoke-client-vpn-ingress --region {region} --client-vpn-endpoint-id {id} "
        "--target-network-cidr 0.0.0.0/0 --revoke-all-groups",
    ),
    examples=(
        passes(_rule("10.20.0.0/16", everybody=True), "one network for all"),
        passes(_rule("0.0.0.0/0", everybody=False), "everything for one group"),
        fails(_rule("0.0.0.0/0", everybody=True)),
        fails(_rule("::/0", everybody=True)),
        is_unknown({"AuthorizationRules": denied(LIST_RULES)}),
        does_not_apply({"AuthorizationRules": []}, "nobody reaches anything yet"),
    ),
)
def ec2_client_vpn_endpoint_rules_name_groups(endpoint: Resource) -> Outcome:
    """One stolen laptop then reaches every network behind the endpoint, and those that peer with it.

    Rules by group and network keep a person to the systems of their work.
    """
    rules = endpoint.config["AuthorizationRules"]
    if not rules:
        return not_applicable("No rule lets anybody reach anything.", "AuthorizationRules")
    for index, rule in enumerate(rules):
        if rule.get("AccessAll") and rule["DestinationCidr"] in _EVERYWHERE:
            return failed(
                f"Every user reaches {rule['DestinationCidr']}.", f"AuthorizationRules[{index}].DestinationCidr"
            )
    return passed("No rule opens everything to every user.", "AuthorizationRules")


@check(
    resource_type=ENDPOINT,
    title="Client VPN endpoint asks who the person is",
    problem="Client VPN endpoint lets in whoever has a certificate",
    severity=Severity.MEDIUM,
    controls=("practices:iam",),
    remediation=Remediation(
        console="VPC → Client VPN endpoints → Create: authentication by SAML or Active Directory, with certificates "
        "next to it. An endpoint cannot change how it authenticates, so people move to a new one.",
    ),
    examples=(
        passes({"AuthenticationOptions": [{"Type": "federated-authentication"}]}),
        passes(
            {
                "AuthenticationOptions": [
                    {"Type": "certificate-authentication"},
                    {"Type": "directory-service-authentication"},
                ]
            },
            "both",
        ),
        fails({"AuthenticationOptions": [{"Type": "certificate-authentication"}]}),
        is_unknown({"AuthenticationOptions": denied(LIST)}),
    ),
)
def ec2_client_vpn_endpoint_identifies_people(endpoint: Resource) -> Outcome:
    """A certificate is a file: who copies it from a machine comes in, with no second factor and no name in the log.

    It also outlives the person's account, unless somebody keeps a revocation list.
    """
    kinds = {each["Type"] for each in endpoint.config["AuthenticationOptions"]}
    if kinds - {"certificate-authentication"}:
        return passed("People sign in by their directory or identity provider.", "AuthenticationOptions")
    return failed("A certificate is all that is asked for.", "AuthenticationOptions")
