"""Judge EKS pod identity associations: which pods get which roles."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from posture.checks.iam_grants import EVERYTHING, READ, is_everything
from posture.checks.sharing import judge_shared_accounts, sharing_examples
from posture.core.arn import Arn
from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed, unknown
from posture.core.policy import parse
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource
from posture.core.values import any_of

ASSOCIATION = "AWS::EKS::PodIdentityAssociation"
ROLE = "AWS::IAM::Role"
POLICY = "AWS::IAM::ManagedPolicy"
DESCRIBE = "eks:DescribePodIdentityAssociation"
_EXPORTER: dict[str, Any] = {"roleArn": "arn:aws:iam::111122223333:role/shop/exporter", "policy": None}
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_UPDATE = (
    "aws eks update-pod-identity-association --region {region} --cluster-name <cluster> --association-id {id} "
    "--role-arn <role>"
)
_ASSOCIATIONS = "EKS → Clusters → the cluster → Access → Pod Identity associations → "


def _role(*managed: str, name: str = "exporter", **inline: Any) -> Resource:
    policies = [{"PolicyName": key, "PolicyDocument": value} for key, value in inline.items()]
    config = {"RoleName": name, "AttachedManagedPolicies": list(managed), "RolePolicyList": policies}
    return neighbour(ROLE, config, name=name, region=GLOBAL)


_OWN = neighbour(POLICY, {"PolicyDocument": EVERYTHING}, name="everything", region=GLOBAL)


@check(
    resource_type=ASSOCIATION,
    title="Pods do not get an administrator's role",
    problem="Pods get an administrator's role",
    severity=Severity.HIGH,
    controls=("practices:containers", "practices:kubernetes", "practices:iam"),
    needs=(ROLE, POLICY),
    remediation=Remediation(
        console="Make a role with what the pods call alone (IAM Access Analyzer generates its policy from CloudTrail); "
        f"then {_ASSOCIATIONS}the association → Edit.",
        cli=_UPDATE,
    ),
    examples=(
        passes(_EXPORTER, related=(_role("arn:aws:iam::aws:policy/ReadOnlyAccess", reads=READ),)),
        passes({**_EXPORTER, "policy": READ}, "its own policy narrows the role's", related=(_role(_ADMINISTRATOR),)),
        fails(_EXPORTER, related=(_role(_ADMINISTRATOR),)),
        fails(_EXPORTER, "by an inline policy", related=(_role(all=EVERYTHING),)),
        fails(_EXPORTER, "by a managed policy of the account's own", related=(_role(_OWN.arn), _OWN)),
        is_unknown(_EXPORTER, "the role's managed policies are not listed", related=(_role(_OWN.arn),), gaps=(POLICY,)),
        fails({**_EXPORTER, "policy": EVERYTHING}, "its own policy narrows nothing", related=(_role(_ADMINISTRATOR),)),
        is_unknown(_EXPORTER, gaps=(ROLE,)),
        is_unknown(_EXPORTER, "no such role is listed", related=(_role(_ADMINISTRATOR, name="other"),)),
        is_unknown({"roleArn": denied(DESCRIBE), "policy": denied(DESCRIBE)}),
    ),
)
def eks_pod_identity_association_not_administrator(association: Resource, related: Related) -> Outcome:
    """A hole in one pod is then the whole account: whoever gets a shell in it may do everything.

    So may whoever is allowed to start a pod with this service account in the namespace.
    """
    narrowed = association.config["policy"]
    if narrowed is not None and not any(is_everything(each) for each in parse(narrowed).allows):
        return passed("The association's policy narrows what the role allows.", "policy")
    name = Arn.parse(association.config["roleArn"]).name
    roles = related.here_by(ROLE, _name, name, region=GLOBAL)
    if not roles:
        return unknown(f"The role {name} is not listed.", "roleArn")
    if any_of(lambda: _is_attached(roles[0], related), lambda: _is_written(roles[0])):
        return failed(f"The role {name} allows every action on every resource.", "roleArn")
    return passed(f"The role {name} is no administrator.", "roleArn")


def _name(role: Resource) -> Iterator[str]:
    yield role.config.get("RoleName") or role.name


def _is_attached(role: Resource, related: Related) -> bool:
    attached = role.config["AttachedManagedPolicies"]
    if any(arn.endswith(":aws:policy/AdministratorAccess") for arn in attached):
        return True
    return any_of(*(partial(related.any_by, POLICY, _arn, arn, _manages_everything, region=GLOBAL) for arn in attached))


def _arn(policy: Resource) -> Iterator[str]:
    yield policy.arn


def _manages_everything(policy: Resource) -> bool:
    return any(is_everything(each) for each in parse(policy.config["PolicyDocument"] or {}).allows)


def _is_written(role: Resource) -> bool:
    return any_of(*(partial(_allows_everything, each) for each in role.config["RolePolicyList"] or ()))


def _allows_everything(inline: Any) -> bool:
    return any(is_everything(each) for each in parse(inline["PolicyDocument"] or {}).allows)


@check(
    resource_type=ASSOCIATION,
    title="Role of pods goes to a service account of their own",
    problem="Role goes to every pod of a namespace by its default service account",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:kubernetes", "practices:iam"),
    remediation=Remediation(
        console="Make a service account for the pods that need the role, name it in their manifests, and associate the "
        f"role with it: {_ASSOCIATIONS}Create. Then delete this association.",
        cli="aws eks create-pod-identity-association --region {region} --cluster-name <cluster> "
        "--namespace <namespace> --service-account <own> --role-arn <role>",
    ),
    examples=(
        passes({"namespace": "orders", "serviceAccount": "exporter"}),
        fails({"namespace": "orders", "serviceAccount": "default"}),
        is_unknown({"serviceAccount": denied("eks:ListPodIdentityAssociations")}),
    ),
)
def eks_pod_identity_association_own_service_account(association: Resource) -> Outcome:
    """A pod whose manifest names no service account runs as `default`, and so gets the role without asking for it.

    Whoever adds a pod to the namespace later will not know that it can call AWS.
    """
    account = association.config["serviceAccount"]
    if account == "default":
        return failed("The role goes to the default service account.", "serviceAccount")
    return passed(f"The role goes to the service account {account}.", "serviceAccount")


@check(
    resource_type=ASSOCIATION,
    title="Pods take on roles of the organization alone",
    problem="Pods take on a role outside the organization",
    severity=Severity.MEDIUM,
    controls=("practices:containers", "practices:accounts"),
    remediation=Remediation(
        console=f"{_ASSOCIATIONS}the association → Edit: remove the target role, or add its account to the trusted "
        "ones in Plumbline's settings.",
        cli="aws eks update-pod-identity-association --region {region} --cluster-name <cluster> "
        '--association-id {id} --target-role-arn ""',
    ),
    examples=(
        *sharing_examples(
            {"targetRoleArn": "arn:aws:iam::111122223333:role/reports"},
            {"targetRoleArn": "arn:aws:iam::444455556666:role/reports"},
            DESCRIBE,
        ),
        does_not_apply({"targetRoleArn": None}, "no target role"),
    ),
)
def eks_pod_identity_association_inside_organization(association: Resource) -> Outcome:
    """What the pods do with the other account's role is seen there alone, and so is what they bring to it.

    A target outside is how data leaves without anything being shared.
    """
    role = association.config["targetRoleArn"]
    if role is None:
        return not_applicable("The pods take on no further role.", "targetRoleArn")
    return judge_shared_accounts(association, [Arn.parse(role).account_id], "targetRoleArn")
