"""AWS's policy evaluation in three values: allowed, denied, or not known.

    decide(Request(caller, "s3:GetObject", Target(arn, account), PolicySet(identity=…, scp=…)))

Works on policies and facts that were read; asks nobody. Honest limits: `*` in a Resource spans the parts of an ARN,
conditions of one statement on a key that the caller chooses are judged one by one, and session policies leave no trace.
"""

from posture.core.iam.context import Context, Doubt
from posture.core.iam.decision import Answer, Decision
from posture.core.iam.documents import compile_all, compile_policy
from posture.core.iam.evaluate import decide
from posture.core.iam.policy_set import PolicySet
from posture.core.iam.principals import Caller, CallerKind
from posture.core.iam.request import Request, RequestTarget
from posture.core.iam.s3_access import S3Access

__all__ = [
    "Answer",
    "Caller",
    "CallerKind",
    "Context",
    "Decision",
    "Doubt",
    "PolicySet",
    "Request",
    "RequestTarget",
    "S3Access",
    "compile_all",
    "compile_policy",
    "decide",
]
