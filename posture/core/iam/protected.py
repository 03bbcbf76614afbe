"""What AWS refuses, or allows, whatever policies say."""

from __future__ import annotations

from posture.core.iam.decision import Answer, Decision
from posture.core.iam.principals import CallerKind
from posture.core.iam.request import Request

_ROLE_POLICIES = frozenset(
    {
        "iam:attachrolepolicy",
        "iam:deleterole",
        "iam:deleterolepermissionsboundary",
        "iam:deleterolepolicy",
        "iam:detachrolepolicy",
        "iam:putrolepermissionsboundary",
        "iam:putrolepolicy",
        "iam:updateassumerolepolicy",
    }
)
"""What nobody may do to the role that a service made for itself; its description may be changed."""
_ROLE_CHANGES = _ROLE_POLICIES | {"iam:tagrole", "iam:untagrole", "iam:updaterole", "iam:updateroledescription"}
_POLICY_CHANGES = frozenset(
    {
        "iam:createpolicyversion",
        "iam:deletepolicy",
        "iam:deletepolicyversion",
        "iam:setdefaultpolicyversion",
        "iam:tagpolicy",
        "iam:untagpolicy",
    }
)
_ASSUME = "sts:assumerole"
_IDENTITY = "sts:getcalleridentity"


def fixed_decision(request: Request) -> Decision | None:
    """Return AWS's own decision on a request, or None where policies decide."""
    action, arn = request.action_lower, request.resource.arn
    if action == _IDENTITY and request.caller.has_identity:
        return Decision(Answer.ALLOWED, ("rule: everyone may ask who they are",))
    if action == _ASSUME and request.caller.kind is CallerKind.ROOT:
        return Decision(Answer.DENIED, ("rule: root cannot assume a role",))
    if request.service == "iam" and (reason := _refusal(action, arn)):
        return Decision(Answer.DENIED, (f"rule: {reason}",))
    return None


def _refusal(action: str, arn: str) -> str:
    if action in _POLICY_CHANGES and ":iam::aws:policy/" in arn:
        return "AWS managed policies cannot be changed"
    if action in _ROLE_POLICIES and ":role/aws-service-role/" in arn:
        return "only its service changes a service-linked role"
    if action in _ROLE_CHANGES and ":role/aws-reserved/sso.amazonaws.com/" in arn:
        return "only IAM Identity Center changes its roles"
    return ""
