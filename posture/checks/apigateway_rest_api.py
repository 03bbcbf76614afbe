"""Judges REST APIs: from where they are reached, and who may call them."""

from __future__ import annotations

from typing import Any

from posture.checks.stores import judge_policy_not_public, policy_examples
from posture.core.check import Remediation, best_of, check, denied, does_not_apply, fails, is_unknown, passes
from posture.core.iam.outside import public_access
from posture.core.outcome import Outcome, Severity, failed, not_applicable, passed
from posture.core.policy import parse
from posture.core.resource import Resource

API = "AWS::ApiGateway::RestApi"
GET = "apigateway:GET"
MAX_NAMED = 5
"""How many methods an outcome names."""
_PUBLIC: dict[str, Any] = {"endpointConfiguration": {"types": ["REGIONAL"]}, "policy": None}
_PRIVATE: dict[str, Any] = {"endpointConfiguration": {"types": ["PRIVATE"]}, "policy": None}


def _method(verb: str, authorization: str) -> dict[str, Any]:
    return {"path": "/orders", "httpMethod": verb, "authorizationType": authorization}


def _policy(**statement: Any) -> dict[str, Any]:
    basis = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["execute-api:Invoke"], "Resource": ["*"]}
    return {"Version": "2012-10-17", "Statement": [{**basis, **statement}]}


_OFFICE = _policy(Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})


@check(
    resource_type=API,
    title="REST API is reachable from VPCs only",
    problem="REST API is reachable from the internet",
    severity=Severity.LOW,
    controls=("practices:vpc",),
    aliases=("prowler:apigateway_restapi_public",),
    remediation=Remediation(
        console="API Gateway → APIs → {name} → API settings → Edit: Private, with a VPC endpoint and a resource policy "
        "that names it. Accept the finding where customers call the API.",
        cli="aws apigateway update-rest-api --region {region} --rest-api-id <api> --patch-operations "
        "op=replace,path=/endpointConfiguration/types/REGIONAL,value=PRIVATE",
        terraform='endpoint_configuration {\n  types            = ["PRIVATE"]\n'
        "  vpc_endpoint_ids = [aws_vpc_endpoint.execute_api.id]\n}",
    ),
    examples=(
        passes(_PRIVATE),
        fails(_PUBLIC),
        fails({"endpointConfiguration": {"types": ["EDGE"]}}),
        is_unknown({"endpointConfiguration": denied(GET)}),
    ),
)
def apigateway_rest_api_private(api: Resource) -> Outcome:
    """An API that only your own workloads call does not need an address that the whole internet can try.

    A private endpoint leaves nothing to scan, whatever the methods forget to ask of callers.
    """
    path = "endpointConfiguration.types"
    types = api.config["endpointConfiguration"]["types"]
    if types == ["PRIVATE"]:
        return passed("Its endpoint is private.", path)
    return failed(f"Its endpoint is {' and '.join(types).lower()}, which the internet reaches.", path)


@check(
    resource_type=API,
    title="REST API authorizes its callers",
    problem="REST API takes anonymous calls from the internet",
    severity=Severity.MEDIUM,
    exposes=True,
    controls=("practices:iam", "practices:vpc"),
    remediation=Remediation(
        console="API Gateway → APIs → {name} → Resources → the method → Method request → Edit → Authorization: IAM, a "
        "Cognito user pool or a Lambda authorizer; then deploy the API. An API key identifies a usage plan only.",
        cli="aws apigateway update-method --region {region} --rest-api-id <api> --resource-id <resource> "
        "--http-method <method> --patch-operations op=replace,path=/authorizationType,value=AWS_IAM",
        terraform='authorization = "AWS_IAM"',
    ),
    examples=(
        passes({**_PUBLIC, "Methods": [_method("GET", "AWS_IAM"), _method("OPTIONS", "NONE")]}, "CORS needs no caller"),
        passes({**_PUBLIC, "policy": _OFFICE, "Methods": [_method("GET", "NONE")]}, "the policy admits one network"),
        passes({**_PUBLIC, "policy": _OFFICE, "Methods": denied(GET)}, "whatever the methods ask"),
        passes({**_PUBLIC, "policy": denied(GET), "Methods": [_method("GET", "CUSTOM")]}, "whatever the policy says"),
        passes({**_PUBLIC, "Methods": []}, "no method"),
        fails({**_PUBLIC, "Methods": [_method("GET", "CUSTOM"), _method("POST", "NONE")]}),
        fails({**_PUBLIC, "policy": _policy(), "Methods": [_method("GET", "NONE")]}, "a policy that admits everyone"),
        is_unknown({**_PUBLIC, "Methods": denied(GET)}),
        is_unknown({**_PUBLIC, "policy": denied(GET), "Methods": [_method("GET", "NONE")]}),
        does_not_apply({**_PRIVATE, "Methods": [_method("GET", "NONE")]}, "a private endpoint"),
    ),
    version=2,
)
def apigateway_rest_api_callers_authorized(api: Resource) -> Outcome:
    """Anyone who finds the address can call such a method, and reaches what is behind it with the API's own rights.

    Scanners try addresses of API Gateway by the thousand, and the bill for their calls is yours as well.
    """
    if api.config["endpointConfiguration"]["types"] == ["PRIVATE"]:
        return not_applicable("Its endpoint is private.", "endpointConfiguration.types")
    return best_of(lambda: _judge_methods(api), lambda: _judge_callers(api))


def _judge_methods(api: Resource) -> Outcome:
    methods = api.config["Methods"]
    anonymous = _anonymous(api)
    if not anonymous:
        return passed("Every method authorizes its callers." if methods else "It has no method to call.", "Methods")
    named = ", ".join(f"{methods[index]['httpMethod']} {methods[index]['path']}" for index in anonymous[:MAX_NAMED])
    more = f" and {len(anonymous) - MAX_NAMED} more" if len(anonymous) > MAX_NAMED else ""
    paths = (f"Methods[{index}].authorizationType" for index in anonymous[:MAX_NAMED])
    return failed(f"No authorization is asked for {named}{more}.", *paths)


def _judge_callers(api: Resource) -> Outcome:
    policy = api.config["policy"]
    if policy is None or public_access(parse(policy)):
        return failed("No resource policy says who may call it.", "policy")
    return passed("The resource policy admits known callers only.", "policy")


def _anonymous(api: Resource) -> list[int]:
    """Return the indexes of methods that ask nothing of callers, OPTIONS apart.

    Browsers ask OPTIONS before they call.
    """
    return [
        index
        for index, each in enumerate(api.config["Methods"])
        if each["authorizationType"] == "NONE" and each["httpMethod"] != "OPTIONS"
    ]


@check(
    resource_type=API,
    title="REST API's policy lets in nobody unknown",
    problem="REST API's policy allows public access",
    severity=Severity.MEDIUM,
    controls=("practices:iam", "practices:vpc", "cis_aws_7:2.21"),
    remediation=Remediation(
        console="API Gateway → APIs → {name} → Resource policy → Edit: name accounts, address ranges or VPC endpoints; "
        "then deploy the API.",
        cli="aws apigateway update-rest-api --region {region} --rest-api-id <api> --patch-operations "
        "op=replace,path=/policy,value=<policy>",
    ),
    examples=policy_examples("policy", GET),
    version=2,
)
def apigateway_rest_api_policy_not_public(api: Resource) -> Outcome:
    """Such a policy lets any AWS account call methods that use IAM, and any VPC endpoint reach a private API.

    A policy that names who calls is the last guard where a method forgets to ask.
    """
    return judge_policy_not_public(api, "policy")
