"""AWS's wire formats, by moto's router, parsers and serializers.

Bytes to a call, an answer to bytes.
"""

from __future__ import annotations

import io
import re
import uuid
import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import botocore.parsers
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_pagination_model, get_service_model
from werkzeug.exceptions import NotFound

from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.terms import AwsError, Reply

SERVICES = {
    "access-analyzer": "accessanalyzer",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "es": "opensearch",
    "monitoring": "cloudwatch",
    "sso": "sso-admin",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""botocore's service name where it differs from the name that requests are signed for."""

VERSIONS = {"elasticloadbalancing": (("Version=2015-12-01", "elbv2"), ("Version=2012-06-01", "elb"))}
"""botocore's service names where two are signed for by one name: which it is, the body says by the API's version."""

CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")

OUTPOST_ARN = re.compile(r"(arn:[\w:-]+:(?:outpost|site))/(o[ps]-)")
OTHER_ARN = re.compile(r"(?:/access-entries|/clusters)/(arn:.+?)(?=/access-policies$|/policy$|$)")
"""ARNs in a path arrive decoded; their slashes must be hidden again from the router."""

warnings.filterwarnings("ignore", message=".*does not match an error shape.*")


def signed_for(environ: dict[str, Any], body: bytes) -> tuple[str, str, str] | None:
    """Return access key, region and botocore's service name of a signed request."""
    match = CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    if not match:
        return None
    key, region, name = match.groups()
    service = SERVICES.get(name, name)
    if service == "s3" and environ.get("PATH_INFO", "").startswith("/v20180820/"):
        service = "s3control"
    if service == "apigateway" and environ.get("PATH_INFO", "").startswith("/v2/"):
        service = "apigatewayv2"
    service = next((named for mark, named in VERSIONS.get(name, ()) if mark.encode() in body), service)
    return key, region, service


def fresh_request(environ: dict[str, Any], body: bytes) -> Request:
    """Return a request with a body that nobody has read yet."""
    fresh = environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    path = environ.get("PATH_INFO", "")
    if "arn:" in path:
        path = OUTPOST_ARN.sub(r"\1%2F\2", path)
        fresh["RAW_URI"] = OTHER_ARN.sub(_without_slashes, path)
    return Request(fresh)


def _without_slashes(match: re.Match[str]) -> str:
    return match[0].replace(match[1], match[1].replace("/", "%2F"))


def recognise(service: str, request: Request) -> tuple[OperationModel, dict[str, Any]]:
    """Return the operation that a request is for, and what its path says."""
    try:
        return get_service_router(service).match(request)
    except (NotFound, NotImplementedError):
        raise AwsError(
            "UnknownOperationException", f"No operation of {service} fits {request.method} {request.path}.", 404
        ) from None


def parse(call: Call) -> dict[str, Any]:
    """Return a call's parameters under the names of botocore's model."""
    request = call.request
    kind = determine_request_protocol(call.model.service_model, request.content_type)
    parser = PROTOCOL_PARSERS[kind](call.model)
    return dict(
        parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": request.data,
                "url_path": request.path,
                "url_params": call.uri_params,
            }
        )
    )


def protocol_of(model: OperationModel) -> str:
    """Return the protocol that botocore speaks with a service.

    Not the first, where it prefers another.
    """
    return str(model.service_model.resolved_protocol)


def serialise(model: OperationModel, result: dict[str, Any] | AwsError) -> Reply:
    """Return an answer, or an error, in the protocol of its service."""
    service = model.service_model
    serializer = get_serializer_class(service.service_name, protocol_of(model))(operation_model=model)
    wire = serializer.serialize(result)
    status = result.status if isinstance(result, AwsError) and result.status else wire["status_code"]
    headers = {**wire["headers"], "x-amzn-requestid": str(uuid.uuid4())}
    return Reply.of(int(status), [(k, str(v)) for k, v in headers.items()], wire["body"])


def nameless(service: str) -> OperationModel:
    """Return a model for errors of a request whose operation is unknown."""
    return OperationModel({"name": "Unknown"}, get_service_model(service))


@cache
def _answer_parser(protocol: str) -> botocore.parsers.ResponseParser:
    return botocore.parsers.create_parser(protocol)


def read(call: Call, reply: Reply) -> dict[str, Any]:
    """Return what a reply says, as botocore would hand it to a client.

    Raise its error.
    """
    parser = _answer_parser(protocol_of(call.model))
    response = {"status_code": reply.status, "headers": {k.lower(): v for k, v in reply.headers}, "body": reply.body}
    shape: Any = call.model.output_shape
    answer: dict[str, Any] = parser.parse(response, shape)
    if reply.status >= 300:  # noqa: PLR2004
        error = answer.get("Error", {})
        raise AwsError(error.get("Code", "InternalFailure"), error.get("Message", ""), reply.status)
    answer.pop("ResponseMetadata", None)
    return answer


def page_token(model: OperationModel) -> str:
    """Return the member in which an operation's answer names its next page.

    Empty where it has none.
    """
    shape: Any = model.output_shape
    rule = get_pagination_model(str(model.service_model.service_name)).get(str(model.name)) or {}
    declared = rule.get("output_token", "")
    if isinstance(declared, str) and declared in (shape.members if shape else {}):
        return declared
    return next((name for name in ("NextToken", "nextToken", "Marker") if shape and name in shape.members), "")


def paged(call: Call, key: str, items: Sequence[Any], *, most: int = 100) -> dict[str, Any]:
    """Return one page of a listing under `key`, with a token where more follows.

    Tokens are offsets: good enough here, since listings are stable between changes.
    """
    rule = get_pagination_model(call.service).get(call.operation)
    if rule is None:
        return {key: items}
    given = call.params.get(rule["input_token"])
    start = int(given) if given else 0
    wanted = call.params.get(rule.get("limit_key", ""))
    stop = start + min(int(wanted or most), most)
    page: dict[str, Any] = {key: items[start:stop]}
    if stop < len(items):
        page[rule["output_token"]] = str(stop)
    return page
