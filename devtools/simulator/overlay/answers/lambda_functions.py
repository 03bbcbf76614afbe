"""Lambda, with the listing of function URLs and the VPC of a function."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import lambda_backends
from moto.ec2.models import ec2_backends

from devtools.simulator.overlay.answers import answers
from devtools.simulator.overlay.calls import Call
from devtools.simulator.overlay.images import digest_of


@answers("lambda")
def list_functions(call: Call) -> dict[str, Any]:
    """Name the VPC, of which moto makes up the id, and the digest of an image."""
    answer = call.beneath()
    subnets = ec2_backends[call.account][call.region]
    for function in answer["Functions"]:
        if ids := (function.get("VpcConfig") or {}).get("SubnetIds"):
            function["VpcConfig"]["VpcId"] = subnets.get_subnet(ids[0]).vpc_id
        if function.get("PackageType") == "Image":
            code = lambda_backends[call.account][call.region].get_function(function["FunctionName"]).code
            function["CodeSha256"] = digest_of(code["ImageUri"]).removeprefix("sha256:")
    return answer


@answers("lambda")
def list_function_url_configs(call: Call) -> dict[str, Any]:
    function = lambda_backends[call.account][call.region].get_function(call.params["FunctionName"])
    return {"FunctionUrlConfigs": [function.url_config.to_dict()] if function.url_config else []}
