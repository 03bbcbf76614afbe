"""Functions whose code changes, or that others may call."""

from __future__ import annotations

from posture.activity.actors import calling_service
from posture.activity.detection import detection
from posture.activity.events import Event, pick
from posture.activity.policies import foreign_account
from posture.core.outcome import Severity

FUNCTION = {"functionName": "billing"}


@detection(
    id="lambda_permission_public",
    title="Function or layer opened to everyone or another account",
    severity=Severity.HIGH,
    attack=("T1546", "T1098"),
    events=("lambda:AddPermission", "lambda:AddLayerVersionPermission"),
    fires=(
        {"event": "lambda:AddPermission", "requestParameters": {**FUNCTION, "principal": "*"}},
        {"event": "lambda:AddPermission", "requestParameters": {**FUNCTION, "principal": "999999999999"}},
    ),
    quiet=(
        {"event": "lambda:AddPermission", "requestParameters": {**FUNCTION, "principal": "sns.amazonaws.com"}},
        {"event": "lambda:AddPermission", "requestParameters": {
            **FUNCTION, "principal": "*", "principalOrgID": "o-1",
        }},
        {"event": "lambda:AddPermission", "requestParameters": {**FUNCTION, "principal": "111111111111"}},
    ),
)  # fmt: skip
def permission_public(event: Event) -> str | None:
    """Return a sentence for everyone, or accounts other than the own."""
    who = event.parameter("principal")
    narrowing = ("principalOrgID", "organizationId", "sourceAccount", "sourceArn")
    is_narrow = any(event.parameter(key) for key in narrowing)
    outsider = "everyone" if who == "*" and not is_narrow else foreign_account(event, who)
    name = event.parameter("functionName") or event.parameter("layerName")
    return f"{name} may be used by {outsider}." if outsider else None


@detection(
    id="lambda_url_public",
    title="Function reachable by a URL without authentication",
    severity=Severity.HIGH,
    attack=("T1190", "T1546"),
    events=("lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"),
    fires=({"event": "lambda:CreateFunctionUrlConfig", "requestParameters": {**FUNCTION, "authType": "NONE"}},),
    quiet=({"event": "lambda:CreateFunctionUrlConfig", "requestParameters": {**FUNCTION, "authType": "AWS_IAM"}},),
)
def url_public(event: Event) -> str | None:
    """Return a sentence for URLs that anybody may call."""
    is_public = event.parameter("authType") == "NONE"
    return f"Anybody may call {event.parameter('functionName')} by its URL." if is_public else None


@detection(
    id="lambda_code_changed",
    title="Code of a function changed",
    severity=Severity.LOW,
    attack=("T1525", "T1648"),
    events=("lambda:UpdateFunctionCode",),
    fires=({"event": "lambda:UpdateFunctionCode20150331v2", "requestParameters": FUNCTION},),
    quiet=(
        {"event": "lambda:UpdateFunctionCode20150331v2", "requestParameters": {**FUNCTION, "dryRun": True}},
        {"event": "lambda:UpdateFunctionCode20150331v2", "sourceIPAddress": "cloudformation.amazonaws.com"},
    ),
)
def code_changed(event: Event) -> str | None:
    """Return a sentence for changes past CloudFormation."""
    is_deployed = bool(calling_service(event)) or event.flag("requestParameters.dryRun")
    return None if is_deployed else f"Changed the code of {event.parameter('functionName')}."


@detection(
    id="lambda_foreign_layer_added",
    title="Function uses a layer of another account",
    severity=Severity.MEDIUM,
    attack=("T1525", "T1574"),
    events=("lambda:UpdateFunctionConfiguration", "lambda:CreateFunction"),
    fires=({"event": "lambda:UpdateFunctionConfiguration", "requestParameters": {
        **FUNCTION, "layers": ["arn:aws:lambda:eu-central-1:999999999999:layer:x:1"],
    }},),
    quiet=({"event": "lambda:UpdateFunctionConfiguration", "requestParameters": {
        **FUNCTION, "layers": ["arn:aws:lambda:eu-central-1:111111111111:layer:x:1"],
    }},),
)  # fmt: skip
def foreign_layer(event: Event) -> str | None:
    """Return a sentence for code that another account may replace."""
    arns = [str(pick(one, "arn") or one) for one in event.items("layers")]
    found = next((arn for arn in arns if foreign_account(event, arn)), "")
    return f"{event.parameter('functionName')} uses {found}." if found else None
