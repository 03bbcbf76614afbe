"""Judges HTTP and WebSocket APIs by how their routes authorize callers."""

from __future__ import annotations

from typing import Any

from posture.core.check import Remediation, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.resource import Resource

API = "AWS::ApiGatewayV2::Api"
GET = "apigateway:GET"
CONNECT = "$connect"
"""The route that opens a WebSocket, and the only one that can authorize."""
MAX_NAMED = 5
"""How many routes an outcome names."""


def _api(protocol: str, **routes: str) -> dict[str, Any]:
    keys = {"connect": CONNECT, "message": "$default", "orders": "POST /orders", "cors": "OPTIONS /orders"}
    return {
        "ProtocolType": protocol,
        "Routes": [{"RouteKey": keys[name], "AuthorizationType": kind} for name, kind in routes.items()],
    }


@check(
    resource_type=API,
    title="HTTP or WebSocket API authorizes callers of each route",
    problem="HTTP or WebSocket API has routes without authorization",
    severity=Severity.MEDIUM,
    exposes=True,
    controls=("practices:iam", "practices:vpc", "aws_fsbp:APIGateway.8"),
    aliases=("securityhub:APIGateway.8",),
    remediation=Remediation(
        console="API Gateway → APIs → {name} → Authorization → the route → Attach authorizer: IAM, JWT or Lambda.",
        cli="aws apigatewayv2 update-route --region {region} --api-id <api> --route-id <route> "
        "--authorization-type AWS_IAM",
        terraform='authorization_type = "JWT"\nauthorizer_id      = aws_apigatewayv2_authorizer.people.id',
    ),
    examples=(
        passes(_api("HTTP", orders="JWT")),
        passes(_api("HTTP", orders="AWS_IAM", cors="NONE"), "browsers ask before they call"),
        passes(_api("WEBSOCKET", connect="CUSTOM", message="NONE"), "authorized when the socket is opened"),
        fails(_api("HTTP", orders="JWT", message="NONE")),
        fails(_api("WEBSOCKET", connect="NONE", message="NONE")),
        fails(_api("WEBSOCKET", message="NONE"), "anyone may open a socket"),
        is_unknown({"ProtocolType": "HTTP", "Routes": denied(GET)}),
        is_unknown({"ProtocolType": "HTTP", "Routes": [{"RouteKey": "$default"}]}, "the answer leaves out the type"),
        does_not_apply(_api("HTTP"), "no route"),
    ),
)
def apigatewayv2_api_routes_authorized(api: Resource) -> Outcome:
    """Anyone who finds the address can call such a route, and reaches what is behind it with the API's own rights.

    These APIs are always on the internet, and have no resource policy that could help.
    """
    routes = list(enumerate(api.config["Routes"]))
    if not routes:
        return not_applicable("It has no route.", "Routes")
    if api.config["ProtocolType"] == "WEBSOCKET":
        routes = [(index, each) for index, each in routes if each["RouteKey"] == CONNECT]
        if not routes:
            return failed(f"It has no route {CONNECT}, which could authorize who opens a socket.", "Routes")
    anonymous = [(index, each) for index, each in routes if _is_anonymous(each)]
    if not anonymous:
        return passed("Every route that can authorize its callers does.", "Routes")
    named = ", ".join(each["RouteKey"] for _, each in anonymous[:MAX_NAMED])
    more = f" and {len(anonymous) - MAX_NAMED} more" if len(anonymous) > MAX_NAMED else ""
    paths = (f"Routes[{index}].AuthorizationType" for index, _ in anonymous[:MAX_NAMED])
    return failed(f"No authorization is asked for {named}{more}.", *paths)


def _is_anonymous(route: Any) -> bool:
    """Return True where a route asks nothing of callers, OPTIONS apart.

    Browsers ask OPTIONS before they call.
    """
    return bool(route["AuthorizationType"] == "NONE" and not route["RouteKey"].startswith("OPTIONS "))
