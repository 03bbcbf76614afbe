"""Judge Lambda functions: who may call them, runtimes, networks, and secrets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from posture.checks.environments import EXAMPLE_KINDS, secrets_in
from posture.checks.stores import policy_examples
from posture.core.check import (
    EXAMPLE_ACCOUNT,
    Example,
    Remediation,
    check,
    denied,
    does_not_apply,
    fails,
    is_unknown,
    neighbour,
    passes,
)
from posture.core.clock import Clock
from posture.core.iam.outside import OutsideAccess, public_access
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.policy import Policy, Statement, parse
from posture.core.related import Related
from posture.core.resource import Resource

FUNCTION = "AWS::Lambda::Function"
SUBNET = "AWS::EC2::Subnet"
LIST = "lambda:ListFunctions"
GET_POLICY = "lambda:GetPolicy"

SUPPORT_ENDS = {
    "dotnet10": date(2028, 11, 14),
    "dotnet6": date(2024, 12, 20),
    "dotnet8": date(2026, 11, 10),
    "dotnetcore1.0": date(2019, 6, 27),
    "dotnetcore2.0": date(2019, 5, 30),
    "dotnetcore2.1": date(2022, 1, 5),
    "dotnetcore3.1": date(2023, 4, 3),
    "go1.x": date(2024, 1, 8),
    "java11": date(2027, 6, 30),
    "java17": date(2027, 6, 30),
    "java21": date(2029, 6, 30),
    "java25": date(2029, 6, 30),
    "java8": date(2024, 1, 8),
    "java8.al2": date(2027, 6, 30),
    "nodejs": date(2016, 8, 30),
    "nodejs10.x": date(2021, 7, 30),
    "nodejs12.x": date(2023, 3, 31),
    "nodejs14.x": date(2023, 12, 4),
    "nodejs16.x": date(2024, 6, 12),
    "nodejs18.x": date(2025, 9, 1),
    "nodejs20.x": date(2026, 4, 30),
    "nodejs22.x": date(2027, 4, 30),
    "nodejs24.x": date(2028, 4, 30),
    "nodejs4.3": date(2020, 3, 5),
    "nodejs4.3-edge": date(2020, 3, 5),
    "nodejs6.10": date(2019, 8, 12),
    "nodejs8.10": date(2020, 3, 6),
    "provided": date(2024, 1, 8),
    "provided.al2": date(2026, 7, 31),
    "provided.al2023": date(2029, 6, 30),
    "python2.7": date(2021, 7, 15),
    "python3.10": date(2026, 10, 31),
    "python3.11": date(2027, 6, 30),
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
    "python3.6": date(2022, 7, 18),
    "python3.7": date(2023, 12, 4),
    "python3.8": date(2024, 10, 14),
    "python3.9": date(2025, 12, 15),
    "ruby2.5": date(2021, 7, 30),
    "ruby2.7": date(2023, 12, 7),
    "ruby3.2": date(2026, 3, 31),
    "ruby3.3": date(2027, 3, 31),
    "ruby3.4": date(2028, 3, 31),
    "ruby4.0": date(2029, 3, 31),
}
"""From when AWS no longer patches a runtime, as its developer guide said in November 2026; a test holds this to
the dates that cfn-lint ships."""

_COMMAND = {"ImageConfigResponse": {"ImageConfig": {"Command": ["hmac-sha256:0", "hmac-sha256:url"]}}}
_EVENT_TOKEN = "lambda:eventsourcetoken"  # noqa: S105 - a condition key
"""By which Alexa skills and other callers without an ARN are distinguished."""
_MANY_ZONES = 2


def _in_aliases(example: Example) -> Example:
    """Return an example whose policy is an alias's instead of the function's own."""
    return fails({"Policy": None, "Aliases": [{"Name": "live", **example.config}]}, "anyone, by an alias")


def _service(**condition: Any) -> dict[str, Any]:
    statement = {
        "Sid": "uploads",
        "Effect": "Allow",
        "Principal": {"Service": ["s3.amazonaws.com"]},
        "Action": ["lambda:InvokeFunction"],
        **condition,
    }
    return {"Policy": {"Statement": [statement]}, "Aliases": []}


def _policies(function: Resource) -> Iterator[tuple[str, Policy]]:
    """Yield the policies of the function and of its aliases, each with its path."""
    own = function.config["Policy"]
    if own is not None:
        yield "Policy", parse(own)
    for index, alias in enumerate(function.config["Aliases"]):
        tree = alias.get("Policy")
        if tree is not None:
            yield f"Aliases[{index}].Policy", parse(tree)


def _statements(problem: str, found: list[tuple[str, Statement]]) -> Outcome:
    names = ", ".join(dict.fromkeys(statement.label for _, statement in found))
    return failed(f"{problem}: {names}.", *(statement.path(statement.who, root=root) for root, statement in found))


_PUBLIC = policy_examples("Policy", GET_POLICY)


@check(
    resource_type=FUNCTION,
    title="Lambda function policy lets in nobody unknown",
    problem="Lambda function policy allows public access",
    severity=Severity.CRITICAL,
    exposes=True,
    controls=("practices:iam", "cis_aws_7:2.21", "aws_fsbp:Lambda.1"),
    aliases=("prowler:awslambda_function_not_publicly_accessible", "securityhub:Lambda.1"),
    remediation=Remediation(
        console="Lambda → the function → Configuration → Permissions → Resource-based policy statements: remove the "
        "statement, and add one that names the account or service.",
        cli="aws lambda remove-permission --region {region} --function-name {name} --statement-id STATEMENT",
        terraform='resource "aws_lambda_permission" "this" {\n  principal      = "s3.amazonaws.com"\n'
        "  source_account = data.aws_caller_identity.current.account_id\n}",
    ),
    examples=(
        *(Example(one.status, {**one.config, "Aliases": []}, one.title) for one in _PUBLIC),
        *(_in_aliases(one) for one in _PUBLIC if one.title == "anyone"),
        is_unknown({"Policy": None, "Aliases": denied("lambda:ListAliases")}, "aliases may have policies"),
    ),
    version=2,
)
def lambda_function_policy_not_public(function: Resource) -> Outcome:
    """Whoever may invoke a function makes it act with its role, and lets you pay for it.

    A policy on an alias opens the function as wide as its own. Policies on single versions are not read.
    """
    found = [(root, statement) for root, policy in _policies(function) for statement in public_access(policy)]
    if found:
        return _statements("Anyone may call the function by these statements", found)
    return passed("No statement of its policies lets in anyone.", "Policy", "Aliases")


@check(
    resource_type=FUNCTION,
    title="Lambda function policy pins AWS services to known sources",
    problem="Lambda function policy lets AWS services call for unknown sources",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "aws_fsbp:Lambda.1"),
    aliases=("securityhub:Lambda.1",),
    remediation=Remediation(
        console="Lambda → the function → Configuration → Permissions → Resource-based policy statements: remove the "
        "statement, and add it again with a source account or a source ARN.",
        cli="aws lambda add-permission --region {region} --function-name {name} --statement-id STATEMENT "
        "--action lambda:InvokeFunction --principal s3.amazonaws.com --source-account {account}",
        terraform='resource "aws_lambda_permission" "this" {\n  principal      = "s3.amazonaws.com"\n'
        "  source_account = data.aws_caller_identity.current.account_id\n}",
    ),
    examples=(
        passes(_service(Condition={"StringEquals": {"AWS:SourceAccount": [EXAMPLE_ACCOUNT]}})),
        passes(_service(Condition={"StringEquals": {"lambda:EventSourceToken": ["amzn1.ask.skill.1"]}}), "a skill"),
        fails(_service(), "any bucket of any account"),
        fails(_service(Condition={"StringNotEquals": {"lambda:EventSourceToken": ["x"]}}), "any skill but one"),
        is_unknown({"Policy": denied(GET_POLICY), "Aliases": []}),
        does_not_apply({"Policy": None, "Aliases": []}, "no service may call"),
    ),
    version=3,
)
def lambda_function_policy_services_pinned(function: Resource) -> Outcome:
    """AWS's services act for all their customers.

    A function that trusts S3 as such can be called from a stranger's bucket, with events that the stranger makes up.
    """
    trusting = [
        (root, policy, statement)
        for root, policy in _policies(function)
        for statement in policy.allows
        if any(principal.kind == "Service" for principal in statement.principals)
    ]
    if not trusting:
        return not_applicable("No AWS service may call the function by its policies.", "Policy", "Aliases")
    loose = [
        (root, one) for root, policy, one in trusting if OutsideAccess(policy).is_unguarded(one) and not _by_token(one)
    ]
    if loose:
        return _statements("Services may call for anybody by these statements", loose)
    return passed("Each AWS service may call for known sources alone.", "Policy", "Aliases")


def _by_token(statement: Statement) -> bool:
    return any(
        condition.key.lower() == _EVENT_TOKEN
        and condition.operator.lower() == "stringequals"
        and all(value and "${" not in value for value in condition.values)
        for condition in statement.conditions
    )


@check(
    resource_type=FUNCTION,
    title="Lambda function URL asks who is calling",
    problem="Lambda function URL is open without authentication",
    severity=Severity.HIGH,
    exposes=True,
    controls=("practices:iam", "practices:vpc"),
    aliases=("prowler:awslambda_function_url_public",),
    remediation=Remediation(
        console="Lambda → the function → Configuration → Function URL → Edit → Auth type AWS_IAM; for browsers put "
        "CloudFront with origin access control in front.",
        cli="aws lambda update-function-url-config --region {region} --function-name {name} --auth-type AWS_IAM",
        terraform='resource "aws_lambda_function_url" "this" {\n  authorization_type = "AWS_IAM"\n}',
    ),
    examples=(
        passes({"FunctionUrlConfigs": [{"AuthType": "AWS_IAM"}]}),
        fails({"FunctionUrlConfigs": [{"AuthType": "AWS_IAM"}, {"AuthType": "NONE"}]}, "one by an alias"),
        is_unknown({"FunctionUrlConfigs": denied("lambda:ListFunctionUrlConfigs")}),
        does_not_apply({"FunctionUrlConfigs": []}, "no URL"),
    ),
)
def lambda_function_url_authenticated(function: Resource) -> Outcome:
    """A function URL without authentication is an open door to the internet that no gateway, firewall or key guards."""
    configs = function.config["FunctionUrlConfigs"] or []
    if not configs:
        return not_applicable("The function has no URL.", "FunctionUrlConfigs")
    paths = [f"FunctionUrlConfigs[{index}].AuthType" for index, one in enumerate(configs) if one["AuthType"] == "NONE"]
    if paths:
        return failed("A URL of the function answers anyone, without asking who is calling.", *paths)
    return passed("Each URL of the function asks for AWS credentials.", "FunctionUrlConfigs")


@check(
    resource_type=FUNCTION,
    title="Lambda function runs on a supported runtime",
    problem="Lambda function runs on an unsupported runtime",
    severity=Severity.MEDIUM,
    controls=("practices:legacy", "aws_fsbp:Lambda.2"),
    aliases=("prowler:awslambda_function_using_supported_runtimes", "securityhub:Lambda.2"),
    remediation=Remediation(
        console="Test the code on the next runtime; then Lambda → the function → Code → Runtime settings → Edit.",
        cli="aws lambda update-function-configuration --region {region} --function-name {name} --runtime python3.14",
        terraform='resource "aws_lambda_function" "this" {\n  runtime = "python3.14"\n}',
    ),
    examples=(
        passes({"PackageType": "Zip", "Runtime": "python3.13"}),
        fails({"PackageType": "Zip", "Runtime": "python3.8"}),
        fails({"PackageType": "Zip", "Runtime": "nodejs20.x"}, "ended a month ago"),
        is_unknown({"PackageType": "Zip", "Runtime": denied(LIST)}),
        does_not_apply({"PackageType": "Image"}, "the runtime is in the image"),
        does_not_apply({"PackageType": "Zip", "Runtime": "python9.1"}, "newer than what is known here"),
    ),
)
def lambda_function_runtime_supported(function: Resource, clock: Clock) -> Outcome:
    """AWS patches the runtime below your code until it is deprecated. From then on flaws in it stay open."""
    if function.config.get("PackageType") == "Image":
        return not_applicable("The runtime is part of the function's image.", "PackageType")
    runtime = str(function.config.get("Runtime") or "no runtime")
    ends = SUPPORT_ENDS.get(runtime)
    if ends is None:
        return not_applicable(f"No end of support is known for {runtime}.", "Runtime")
    if clock.has_come(datetime(ends.year, ends.month, ends.day, tzinfo=UTC)):
        return failed(f"Support of {runtime} ended on {ends}.", "Runtime")
    return passed(f"{runtime} is supported until {ends}.", "Runtime")


@check(
    resource_type=FUNCTION,
    title="Lambda function runs in a VPC",
    problem="Lambda function runs outside any VPC",
    severity=Severity.LOW,
    controls=("practices:vpc", "aws_fsbp:Lambda.3"),
    aliases=("prowler:awslambda_function_inside_vpc", "securityhub:Lambda.3"),
    remediation=Remediation(
        console="Lambda → the function → Configuration → VPC → Edit: choose private subnets and a security group.",
        cli="aws lambda update-function-configuration --region {region} --function-name {name} "
        "--vpc-config SubnetIds=SUBNET,SUBNET,SecurityGroupIds=GROUP",
        terraform='resource "aws_lambda_function" "this" {\n  vpc_config {\n    subnet_ids         = var.subnets\n'
        "    security_group_ids = [aws_security_group.function.id]\n  }\n}",
    ),
    examples=(
        passes({"VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"]}}),
        fails({}, "never set"),
        fails({"VpcConfig": {"VpcId": "", "SubnetIds": []}}, "taken out"),
        is_unknown({"VpcConfig": denied(LIST)}),
    ),
)
def lambda_function_inside_vpc(function: Resource) -> Outcome:
    """Outside a VPC a function reaches the whole internet, and no flow log, firewall or endpoint policy sees it.

    A function that needs nothing inside a VPC may stay outside; then accept the finding with that reason.
    """
    vpc = function.config.at("VpcConfig", "VpcId")
    if vpc:
        return passed(f"The function runs in {vpc}.", "VpcConfig.VpcId")
    return failed("The function runs outside any VPC of yours.", "VpcConfig")


@check(
    resource_type=FUNCTION,
    title="Lambda function in a VPC spans two zones",
    problem="Lambda function in a VPC runs in a single zone",
    severity=Severity.MEDIUM,
    controls=("practices:vpc", "aws_fsbp:Lambda.5"),
    aliases=("prowler:awslambda_function_vpc_multi_az", "securityhub:Lambda.5"),
    needs=(SUBNET,),
    remediation=Remediation(
        console="Lambda → the function → Configuration → VPC → Edit: add a subnet of another Availability Zone.",
        cli="aws lambda update-function-configuration --region {region} --function-name {name} "
        "--vpc-config SubnetIds=SUBNET,SUBNET,SecurityGroupIds=GROUP",
        terraform='resource "aws_lambda_function" "this" {\n  vpc_config {\n    subnet_ids = [aws_subnet.a.id, '
        "aws_subnet.b.id]\n  }\n}",
    ),
    examples=(
        passes(
            {"VpcConfig": {"SubnetIds": ["subnet-a", "subnet-b"]}},
            related=[
                neighbour(SUBNET, {"SubnetId": "subnet-a", "AvailabilityZone": "eu-central-1a"}, name="subnet-a"),
                neighbour(SUBNET, {"SubnetId": "subnet-b", "AvailabilityZone": "eu-central-1b"}, name="subnet-b"),
            ],
        ),
        fails(
            {"VpcConfig": {"SubnetIds": ["subnet-a", "subnet-b"]}},
            "two subnets of one zone",
            related=[
                neighbour(SUBNET, {"SubnetId": "subnet-a", "AvailabilityZone": "eu-central-1a"}, name="subnet-a"),
                neighbour(SUBNET, {"SubnetId": "subnet-b", "AvailabilityZone": "eu-central-1a"}, name="subnet-b"),
            ],
        ),
        is_unknown({"VpcConfig": {"SubnetIds": ["subnet-a"]}}, gaps=[SUBNET]),
        is_unknown({"VpcConfig": {"SubnetIds": ["subnet-a"]}}, "a subnet that was not seen"),
        does_not_apply({}, "outside any VPC"),
    ),
)
def lambda_function_vpc_zones(function: Resource, related: Related) -> Outcome:
    """With subnets of one zone alone, the function stops when that zone does."""
    ids = function.config.at("VpcConfig", "SubnetIds", default=[])
    if not ids:
        return not_applicable("The function runs outside any VPC.", "VpcConfig")
    seen = [subnet for one in ids for subnet in related.here_by(SUBNET, _subnet_id, one)]
    zones = sorted({str(subnet.config["AvailabilityZone"]) for subnet in seen})
    if len(zones) >= _MANY_ZONES:
        return passed(f"The function runs in {', '.join(zones)}.", "VpcConfig.SubnetIds")
    if len(seen) < len(ids):
        return unknown("Not all of the function's subnets were seen.", "VpcConfig.SubnetIds")
    return failed(f"The function runs in {zones[0]} alone.", "VpcConfig.SubnetIds")


def _subnet_id(subnet: Resource) -> Iterator[str]:
    yield subnet.config["SubnetId"]


@check(
    resource_type=FUNCTION,
    title="Lambda function has no secret in its environment",
    problem="Lambda function has a secret in its environment",
    severity=Severity.HIGH,
    controls=("practices:iam", "practices:encryption"),
    aliases=("prowler:awslambda_function_no_secrets_in_variables",),
    remediation=Remediation(
        console="Put the secret into Secrets Manager, let the function's role read it, and read it when the function "
        "starts; then remove the variable, and change the secret, since it was readable.",
        cli="aws lambda update-function-configuration --region {region} --function-name {name} "
        "--environment file://environment.json",
    ),
    examples=(
        passes({"Environment": {"Variables": {"STAGE": "hmac-sha256:1", "DB_SECRET_ARN": "hmac-sha256:2"}}}),
        passes({}, "no variables"),
        fails({"Environment": {"Variables": {"DB_PASSWORD": "hmac-sha256:1"}}}),
        fails({"Environment": {"Variables": {"DATABASE_URL": "hmac-sha256:url"}}}, "by value", observed=EXAMPLE_KINDS),
        fails({**_COMMAND, "Environment": None}, "in the image's command", observed=EXAMPLE_KINDS),
        is_unknown({"Environment": denied(LIST)}),
        is_unknown({"Environment": {"Error": {"ErrorCode": "AccessDeniedException"}}}, "encrypted with an own key"),
    ),
    reads_observed=True,
    version=2,
)
def lambda_function_environment_without_secrets(function: Resource) -> Outcome:
    """Whoever may read a function's configuration reads its variables: every auditor, and every tool of theirs.

    It is judged by the variables' names and by what their values looked like when they were read; Plumbline
    keeps only fingerprints of them.
    """
    environment = function.config.get("Environment") or {}
    if environment.get("Error"):
        return unknown("The variables can be read with the function's own key alone.", "Environment.Error")
    variables = environment.get("Variables") or {}
    found = secrets_in(function, variables.items())
    paths = [f"Environment.Variables.{name}" for name in variables if secrets_in(function, [(name, variables[name])])]
    image = function.config.at("ImageConfigResponse", "ImageConfig", default={})
    for part in ("Command", "EntryPoint"):
        given = secrets_in(function, ((part, word) for word in image.get(part) or ()))
        found += given
        paths += [f"ImageConfigResponse.ImageConfig.{part}"] if given else []
    if found:
        return failed(f"These seem to hold secrets: {', '.join(found)}.", *paths)
    return passed("No variable looks like a secret, by its name or by its value.", "Environment")
