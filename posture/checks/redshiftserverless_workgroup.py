"""Judges workgroups of Redshift Serverless."""

from __future__ import annotations

from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

WORKGROUP = "AWS::RedshiftServerless::Workgroup"
LIST = "redshift-serverless:ListWorkgroups"
_UPDATE = "aws redshift-serverless update-workgroup --region {region} --workgroup-name {name} "
_EDIT = "Redshift → Serverless dashboard → Workgroup configuration → {name} → "


@check(
    resource_type=WORKGROUP,
    title="Redshift Serverless workgroup has no public address",
    problem="Redshift Serverless workgroup has a public address",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:data", "practices:vpc", "aws_fsbp:RedshiftServerless.3"),
    aliases=("securityhub:RedshiftServerless.3",),
    remediation=Remediation(
        console=_EDIT + "Network and security → Edit: turn off Publicly accessible.",
        cli=_UPDATE + "--no-publicly-accessible",
        terraform='resource "aws_redshiftserverless_workgroup" "this" {\n  publicly_accessible = false\n}',
    ),
    examples=(
        passes({"publiclyAccessible": False}),
        fails({"publiclyAccessible": True}),
        is_unknown({"publiclyAccessible": denied(LIST)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def redshiftserverless_workgroup_not_public(workgroup: Resource) -> Outcome:
    """With a public address only a security group is between the warehouse and everyone who guesses passwords."""
    if workgroup.config["publiclyAccessible"]:
        return failed("The workgroup has a public address.", "publiclyAccessible")
    return passed("The workgroup has private addresses only.", "publiclyAccessible")


@check(
    resource_type=WORKGROUP,
    title="Redshift Serverless workgroup requires TLS",
    problem="Redshift Serverless workgroup accepts connections without TLS",
    severity=Severity.MEDIUM,
    controls=("practices:encryption", "aws_fsbp:RedshiftServerless.2"),
    aliases=("securityhub:RedshiftServerless.2",),
    remediation=Remediation(
        console="The console has no switch for it: set the workgroup's parameter require_ssl to true with the CLI.",
        cli=_UPDATE + "--config-parameters parameterKey=require_ssl,parameterValue=true",
        terraform='resource "aws_redshiftserverless_workgroup" "this" {\n  config_parameter {\n'
        '    parameter_key   = "require_ssl"\n    parameter_value = "true"\n  }\n}',
    ),
    examples=(
        passes({"Parameters": {"require_ssl": "true"}}),
        passes({"Parameters": {"require_ssl": "false", "use_fips_ssl": "true"}}, "FIPS takes TLS alone"),
        fails({"Parameters": {"require_ssl": "false", "use_fips_ssl": "false"}}),
        is_unknown({"Parameters": denied(LIST)}),
        is_unknown({"Parameters": {"datestyle": "ISO, MDY"}}, "the answer leaves the parameter out"),
    ),
)
def redshiftserverless_workgroup_tls_required(workgroup: Resource) -> Outcome:
    """Without TLS, passwords and rows cross the network as they are, for whoever is on the way."""
    for name in ("use_fips_ssl", "require_ssl"):
        if str(workgroup.config["Parameters"].get(name)).lower() == "true":
            return passed(f"The parameter {name} requires TLS.", f"Parameters.{name}")
    value = workgroup.config["Parameters"]["require_ssl"]
    return failed(f"The parameter require_ssl is {value}.", "Parameters.require_ssl")


@check(
    resource_type=WORKGROUP,
    title="Redshift Serverless workgroup routes through the VPC",
    problem="Redshift Serverless workgroup does not route through the VPC",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:RedshiftServerless.1"),
    aliases=("securityhub:RedshiftServerless.1",),
    remediation=Remediation(
        console=_EDIT + "Network and security → Edit: turn on Enhanced VPC routing. First give the VPC endpoints for "
        "S3 and what else the warehouse loads from.",
        cli=_UPDATE + "--enhanced-vpc-routing",
        terraform='resource "aws_redshiftserverless_workgroup" "this" {\n  enhanced_vpc_routing = true\n}',
    ),
    examples=(
        passes({"enhancedVpcRouting": True}),
        fails({"enhancedVpcRouting": False}),
        is_unknown({"enhancedVpcRouting": denied(LIST)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def redshiftserverless_workgroup_routed_through_vpc(workgroup: Resource) -> Outcome:
    """Loads and unloads that go past the VPC are seen by no flow log and stopped by no endpoint policy."""
    if workgroup.config["enhancedVpcRouting"]:
        return passed("Enhanced VPC routing is on.", "enhancedVpcRouting")
    return failed("Enhanced VPC routing is off: loads and unloads go past the VPC.", "enhancedVpcRouting")
