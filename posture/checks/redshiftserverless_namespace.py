"""Judges namespaces of Redshift Serverless."""

from __future__ import annotations

from posture.checks.stores import classification_known, classified
from posture.core.check import Remediation, check, denied, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.resource import Resource

NAMESPACE = "AWS::RedshiftServerless::Namespace"
LIST = "redshift-serverless:ListNamespaces"
_UPDATE = "aws redshift-serverless update-namespace --region {region} --namespace-name {name} "
_OPEN = "Redshift → Serverless dashboard → Namespace configuration → {name} → "
_OWNED = "AWS_OWNED_KMS_KEY"
_LOGS = ("connectionlog", "userlog")
"""What RedshiftServerless.6 asks for; useractivitylog is a third, of every query."""


@check(
    resource_type=NAMESPACE,
    title="Redshift Serverless namespace exports its logs",
    problem="Redshift Serverless namespace does not export its logs",
    severity=Severity.MEDIUM,
    controls=("practices:activity", "aws_fsbp:RedshiftServerless.6"),
    aliases=("securityhub:RedshiftServerless.6",),
    remediation=Remediation(
        console=_OPEN + "Security and encryption → Edit → Export these logs: connection log and user log.",
        cli=_UPDATE + "--log-exports connectionlog userlog",
        terraform='resource "aws_redshiftserverless_namespace" "this" {\n'
        '  log_exports = ["connectionlog", "userlog"]\n}',
    ),
    examples=(
        passes({"logExports": ["userlog", "connectionlog"]}),
        fails({"logExports": ["useractivitylog", "userlog"]}, "one is missing"),
        fails({"logExports": []}),
        is_unknown({"logExports": denied(LIST)}),
    ),
)
def redshiftserverless_namespace_logs_exported(namespace: Resource) -> Outcome:
    """Who logged in from where, and who became administrator, is known for a few days only unless it is exported."""
    exported = namespace.config.items_of("logExports")
    missing = [log for log in _LOGS if log not in exported]
    if missing:
        return failed(f"Not exported to CloudWatch Logs: {', '.join(missing)}.", "logExports")
    return passed("Connection log and user log go to CloudWatch Logs.", "logExports")


@check(
    resource_type=NAMESPACE,
    title="Redshift Serverless namespace is encrypted with a key of its owner",
    problem="Redshift Serverless namespace is encrypted with a key of AWS",
    severity=Severity.LOW,
    controls=("practices:encryption",),
    aliases=("securityhub:RedshiftServerless.4",),
    remediation=Remediation(
        console=_OPEN + "Security and encryption → Edit → Customize encryption settings → choose a key.",
        cli=_UPDATE + "--kms-key-id KEY",
        terraform='resource "aws_redshiftserverless_namespace" "this" {\n  kms_key_id = aws_kms_key.this.arn\n}',
    ),
    examples=(
        passes({"kmsKeyId": "arn:aws:kms:eu-central-1:111122223333:key/0f6b2d4e"}),
        fails({"kmsKeyId": _OWNED}),
        is_unknown({"kmsKeyId": denied(LIST)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def redshiftserverless_namespace_encrypted_with_own_key(namespace: Resource) -> Outcome:
    """A key of one's own has a policy and a log, and taking it away takes the data away from whoever copied it."""
    key = namespace.config["kmsKeyId"]
    if not key or key == _OWNED:
        return failed("The data is encrypted with a key that AWS owns.", "kmsKeyId")
    return passed("The data is encrypted with a key of the account's choice.", "kmsKeyId")


@check(
    resource_type=NAMESPACE,
    title="Redshift Serverless namespace has an administrator name of its own",
    problem="Redshift Serverless namespace has the default administrator name",
    severity=Severity.LOW,
    controls=("practices:iam", "aws_fsbp:RedshiftServerless.5"),
    aliases=("securityhub:RedshiftServerless.5",),
    remediation=Remediation(
        console=_OPEN + "Actions → Edit admin credentials: another name, and a password in Secrets Manager.",
        cli=_UPDATE + "--admin-username NAME --manage-admin-password",
        terraform='resource "aws_redshiftserverless_namespace" "this" {\n  admin_username = "warehouse_owner"\n}',
    ),
    examples=(
        passes({"adminUsername": "warehouse_owner"}),
        fails({"adminUsername": "admin"}),
        is_unknown({"adminUsername": denied(LIST)}),
        is_unknown({}, "the answer leaves it out"),
    ),
)
def redshiftserverless_namespace_admin_name_custom(namespace: Resource) -> Outcome:
    """Guessing starts with “admin”. A name of its own makes two secrets out of one."""
    name = namespace.config["adminUsername"]
    if name == "admin":
        return failed("The administrator has the default name “admin”.", "adminUsername")
    return passed("The administrator has a name of its own.", "adminUsername")


@classified(
    NAMESPACE,
    "Redshift Serverless namespace",
    cli="aws redshift-serverless tag-resource --region {region} --resource-arn {arn} --tags "
    "key=data-classification,value=internal",
)
def redshiftserverless_namespace_classified(namespace: Resource) -> Outcome:
    """A warehouse gathers what is spread over all other databases; the tag says how sensitive the sum is."""
    return classification_known(namespace)
