"""Lambda functions and who may call them.

GetFunction is never asked, since it hands out the code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from posture.core.collector import Ask, Column, Family, Relation, collector
from posture.core.policy import document
from posture.core.resource import Resource
from posture.core.values import Unknown

_EC2 = "arn:{partition}:ec2:{region}:{account}:"


@collector(
    resource_type="AWS::Lambda::Function",
    title="Lambda function",
    plural="Lambda functions",
    service="lambda",
    family=Family.COMPUTE,
    actions=(
        "lambda:ListFunctions",
        "lambda:GetPolicy",
        "lambda:ListAliases",
        "lambda:ListFunctionUrlConfigs",
        "tag:GetResources",
    ),
    columns=(
        Column("Runtime", "Runtime"),
        Column("PackageType", "Package"),
        Column("VpcConfig.VpcId", "VPC"),
        Column("FunctionUrlConfigs.AuthType", "URL"),
        Column("LastModified", "Changed"),
    ),
    relations=(
        Relation("Role", "AWS::IAM::Role"),
        Relation("KMSKeyArn", "AWS::KMS::Key"),
        Relation("VpcConfig.VpcId", "AWS::EC2::VPC", _EC2 + "vpc/{id}"),
        Relation("VpcConfig.SubnetIds", "AWS::EC2::Subnet", _EC2 + "subnet/{id}"),
        Relation("VpcConfig.SecurityGroupIds", "AWS::EC2::SecurityGroup", _EC2 + "security-group/{id}"),
        Relation("FileSystemConfigs.Arn", "AWS::EFS::AccessPoint"),
    ),
    # People write passwords into environments and command lines; the digest is made of them without a key.
    secret=(
        "ConfigSha256",
        "Environment.Variables",
        "ImageConfigResponse.ImageConfig.Command",
        "ImageConfigResponse.ImageConfig.EntryPoint",
    ),
    ignored=(
        "Aliases.RevisionId",
        "Environment.Error.Message",
        "LastUpdateStatus",
        "LastUpdateStatusReason",
        "LastUpdateStatusReasonCode",
        "RevisionId",
        "SnapStart.OptimizationStatus",
        "State",
        "StateReason",
        "StateReasonCode",
    ),
    observed=("RuntimeVersionConfig",),
    unordered=(
        "Aliases",
        "Architectures",
        "FunctionUrlConfigs",
        "VpcConfig.SecurityGroupIds",
        "VpcConfig.SubnetIds",
    ),
)
def functions(ask: Ask) -> Iterator[Resource]:
    """Code that runs when something calls it: who may do so, on which runtime, and what it is given to work with.

    The policies of the function and of its aliases are read; those of single versions are not.
    """
    listed = list(ask.pages("lambda", "list_functions", "Functions"))
    if not listed:
        return
    yield from ask.each(partial(_function, ask, _tags(ask)), listed)


def _tags(ask: Ask) -> dict[str, Any] | Unknown:
    """Return the tags of all functions by ARN; Lambda's own call has 15 per second."""
    tagged = ask.listing(
        "resourcegroupstaggingapi",
        "get_resources",
        "ResourceTagMappingList",
        ResourceTypeFilters=["lambda:function"],
        ResourcesPerPage=100,
    )
    if isinstance(tagged, Unknown):
        return tagged
    return {mapping["ResourceARN"]: mapping["Tags"] for mapping in tagged or ()}


def _function(ask: Ask, tags: dict[str, Any] | Unknown, raw: Mapping[str, Any]) -> Resource:
    name = raw["FunctionName"]
    details = ask.together(
        {
            "Policy": partial(_policy, ask, name),
            "Aliases": partial(_aliases, ask, name),
            "FunctionUrlConfigs": partial(
                ask.listing, "lambda", "list_function_url_configs", "FunctionUrlConfigs", FunctionName=name
            ),
        }
    )
    own = tags if isinstance(tags, Unknown) else tags.get(raw["FunctionArn"])
    return ask.resource({**raw, **details}, arn=raw["FunctionArn"], name=name, tags=own)


def _policy(ask: Ask, name: str, **qualified: str) -> dict[str, Any] | Unknown | None:
    text = ask.field(
        "lambda", "get_policy", "Policy", absent=("ResourceNotFoundException",), FunctionName=name, **qualified
    )
    return document(text, "lambda:GetPolicy")


def _aliases(ask: Ask, name: str) -> list[dict[str, Any]] | Unknown:
    """Return the aliases, each with its own policy, by which others call the function."""
    aliases = ask.listing("lambda", "list_aliases", "Aliases", FunctionName=name)
    if isinstance(aliases, Unknown):
        return aliases
    return [{**alias, "Policy": _policy(ask, name, Qualifier=alias["Name"])} for alias in aliases or ()]
