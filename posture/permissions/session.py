"""Session policies: managed policies by ARN, and a short Deny of customers' data.

A session may do only what the role and the session policies both allow (IAM User Guide, "Session
policies"), so a role that somebody widened by hand still gives Plumbline no more than it declares.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from posture.core.arn import Arn
from posture.permissions.actions import management_actions, member_actions
from posture.permissions.policies import ROLE_POLICIES_MAX, policy_name, split_policies

SESSION_LIMIT = 2048
"""Characters that inline and managed session policies may have together (STS, AssumeRole)."""
SESSION_ARNS = ROLE_POLICIES_MAX
"""Managed session policies of one session (STS, AssumeRole): as many as a role may have."""

AWS_MANAGED = ("SecurityAudit", "job-function/ViewOnlyAccess")
"""What narrows a session of a role that Plumbline's template did not make, by the path of AWS's policy.

They lack some of what collectors read; what they lack is shown as not seen.
"""

NEVER_READ = (
    "appconfig:*ration",
    "athena:*Results*",
    "cassandra:Select",
    "cloudformation:GetTemplate",
    "cloudtrail:*Results",
    "cloudtrail:Look*",
    "codeartifact:Read*",
    "codecommit:*Blob",
    "codecommit:*File",
    "codecommit:*Pull",
    "cognito-idp:*Users",
    "cognito-idp:AdminGetU*",
    "dynamodb:*Records",
    "dynamodb:*tItem",
    "dynamodb:PartiQL*",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ebs:*",
    "ec2:GetCons*",
    "ec2:GetPass*",
    "ecr:*Image",
    "ecr:*Layer",
    "ecr:*Token",
    "eks:Acc*Api",
    "es:*HttpGet",
    "glacier:*Output",
    "glue:*Conn*",
    "healthlake:Read*",
    "kafka-cluster:Read*",
    "kinesis:*Records",
    "kinesis:Subs*",
    "kinesisvideo:GetMedia",
    "kms:*Import",
    "kms:Decrypt",
    "lambda:*tFunction",
    "lambda:GetLayerVersion",
    "lightsail:*Details",
    "lightsail:Down*",
    "logs:*Events",
    "logs:*Record",
    "logs:*Results",
    "logs:Start*",
    "logs:Unmask",
    "macie2:*rences",
    "neptune-db:Read*",
    "rds:Download*",
    "redshift-data:*Result",
    "redshift:*Cred*",
    "s3-object-lambda:*",
    "s3-outposts:*Object",
    "s3:GetObject*",
    "s3tables:*Data",
    "secretsmanager:*Value",
    "sqs:Rec*",
    "ssm:GetPar*",
    "sts:Get*ionToken",
    "support:*cations",
    "support:*ment",
    "support:Refresh*",
    "timestream:Select",
    "workdocs:*Document",
    "workmailmessageflow:*",
)
"""Reads of what customers store or say, refused in the session itself, whatever the role allows.

The patterns are as short as they can be without refusing a read of configuration: STS counts their characters
together with those of the managed policies' ARNs, so that each character here is room for more actions.
"""


@cache
def session_policy(partition: str = "aws", *, allows_rest: bool = False) -> str:
    """Return the inline session policy as JSON text without white space.

    It only refuses, and needs managed policies next to it that say what the session may do. With
    `allows_rest` it is enough: the session may do whatever else its role may.
    """
    keys = f"arn:{partition}:apigateway:*::/apikeys*"
    statements: list[dict[str, Any]] = [
        {"Effect": "Deny", "Action": list(NEVER_READ), "Resource": "*"},
        {"Effect": "Deny", "Action": "apigateway:GET", "Resource": keys},
    ]
    if allows_rest:
        statements.insert(0, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def session_policies(role_arn: str, *, ours: bool, organization: bool) -> tuple[str, ...]:
    """Return the ARNs of the managed policies that narrow a session of a role.

    `ours` says that Plumbline's template made the role: then its own policies, which are in the same
    account, are passed again. `organization` says that the account is asked for the Organization too.
    """
    arn = Arn.parse(role_arn)
    if not ours:
        return tuple(f"arn:{arn.partition}:iam::aws:policy/{name}" for name in AWS_MANAGED)
    policies = split_policies(management_actions() if organization else member_actions())
    names = (policy_name(arn.name, number) for number in range(1, len(policies) + 1))
    return tuple(f"arn:{arn.partition}:iam::{arn.account_id}:policy/{name}" for name in names)


def fits(policy_arns: Sequence[str], policy: str) -> bool:
    """Whether STS would take these session policies."""
    return len(policy_arns) <= SESSION_ARNS and len(policy) + sum(map(len, policy_arns)) <= SESSION_LIMIT
