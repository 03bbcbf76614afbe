"""Judge OpenID Connect providers: whether a role takes their tokens."""

from __future__ import annotations

from functools import partial

from posture.checks.iam_trust import DETAILS, ROLE, TRUST, letting_in, providers, trust
from posture.core.check import EXAMPLE_ACCOUNT, Remediation, check, denied, fails, is_unknown, neighbour, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.related import Related
from posture.core.resource import GLOBAL, Resource
from posture.core.values import any_of

_URL = "token.actions.githubusercontent.com"
_PROVIDER = {"Url": _URL}
_WEB = ["sts:AssumeRoleWithWebIdentity"]
_ARN = f"arn:aws:example:{GLOBAL}:{EXAMPLE_ACCOUNT}:example"
"""The ARN of the provider in the examples."""
_TRUSTING = trust({"Principal": {"Federated": [_ARN]}, "Action": _WEB})
_OTHER = trust({"Principal": {"Service": ["ec2.amazonaws.com"]}})


@check(
    resource_type="AWS::IAM::OIDCProvider",
    title="Identity provider is trusted by a role",
    problem="Identity provider is trusted by no role",
    severity=Severity.LOW,
    controls=("practices:iam", "practices:legacy"),
    needs=(ROLE,),
    remediation=Remediation(
        console="IAM → Identity providers → {name} → Delete.",
        cli="aws iam delete-open-id-connect-provider --open-id-connect-provider-arn {arn}",
    ),
    examples=(
        passes(_PROVIDER, related=[neighbour(ROLE, _TRUSTING, region=GLOBAL)], region=GLOBAL),
        passes(
            _PROVIDER,
            "another role cannot be read",
            related=[
                neighbour(ROLE, {"Path": "/", TRUST: denied(DETAILS)}, region=GLOBAL, name="hidden"),
                neighbour(ROLE, _TRUSTING, region=GLOBAL),
            ],
            region=GLOBAL,
        ),
        fails(_PROVIDER, related=[neighbour(ROLE, _OTHER, region=GLOBAL)], region=GLOBAL),
        is_unknown(_PROVIDER, gaps=[ROLE], region=GLOBAL),
    ),
)
def iam_oidc_provider_used(provider: Resource, related: Related) -> Outcome:
    """A provider that no role takes tokens of is left over from a cluster or pipeline that is gone.

    The next role that names it trusts whoever signs those tokens by then.
    """
    if any_of(*(partial(_trusts, role, provider.arn) for role in related.everywhere(ROLE))):
        return passed("A role takes its tokens.")
    return failed("No role takes its tokens.")


def _trusts(role: Resource, arn: str) -> bool:
    return any(one.value == arn for statement in letting_in(role) for one in providers(statement))
