"""moto behind the overlay.

Its handlers called without its web server, its state taken out and put back.

Reaches into moto's internals, which is why moto is pinned.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
import weakref
from collections.abc import Callable
from functools import cache
from typing import Any

# Read by moto when it is imported: no megabytes of public images in each account, no S3 in host names.
os.environ.setdefault("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
os.environ.setdefault("S3_IGNORE_SUBDOMAIN_BUCKETNAME", "true")

import moto
import moto.core.responses
import moto.elb.models
import moto.elbv2.models
import moto.iam.models
import moto.kms.models
import moto.organizations.models
import moto.rds.models
import moto.ssm.models
from moto import backends
from moto.awslambda.models import LambdaStorage, LayerStorage
from moto.core.base_backend import BackendDict
from moto.core.request import Request
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random
from moto.resourcegroupstaggingapi.models import resourcegroupstaggingapi_backends
from werkzeug.exceptions import HTTPException

from devtools.simulator.overlay.terms import AwsError, Reply

PACKAGES = {
    "application-autoscaling": "applicationautoscaling",
    "lambda": "awslambda",
    "network-firewall": "networkfirewall",
    "sso-admin": "ssoadmin",
}
"""moto's package where it is not called as botocore's service."""

PLAIN = frozenset({"backend", "service_name", "_use_boto3_regions", "_additional_regions", "_id"})
"""What every service's backend carries; anything else is state."""

Handler = Callable[[Request, str, dict[str, str]], Any]


@cache
def _methods_of(cls: type) -> frozenset[str]:
    return frozenset(name for name, _ in inspect.getmembers(cls, predicate=inspect.isfunction))


def _no_private_key(_: str) -> None:
    """Spare an RSA key for every KMS key.

    It takes 0.1 s, cannot be saved, and nothing here signs.
    """


def _unvisited(**_: Any) -> None:
    """Spare the search through every access key at every request.

    Nothing shows what it notes.
    """


def _has_certificate(*_: Any, **__: Any) -> bool:
    """Take each certificate as there: the overlay keeps them."""
    return True


def _with_its_place(parameters: Any) -> tuple[Any, ...]:
    """Return what makes an account's SSM parameters again, and whose they are."""
    place = parameters.account_id, parameters.region_name
    return type(parameters), place, vars(parameters), None, iter(parameters.items())


owner: Any
for owner, function, ours in (
    (moto.core.responses, "method_names_from_class", _methods_of),
    (moto.elb.models, "register_certificate", _has_certificate),
    (moto.elbv2.models, "register_certificate", _has_certificate),
    (moto.elbv2.models.ELBv2Backend, "_certificate_exists", _has_certificate),
    (moto.iam.models, "mark_account_as_visited", _unvisited),
    (moto.kms.models, "generate_private_key", _no_private_key),
    (moto.ssm.models.ParameterDict, "__reduce__", _with_its_place),
    # The one place where chance is not moto's own; it has a uuid4 as well.
    (moto.rds.models, "uuid", mock_random),
):
    if not hasattr(owner, function):
        raise ImportError(f"moto {moto.__version__} has no {owner.__name__}.{function}: adapt the overlay to it.")
    setattr(owner, function, ours)


def _keep_strongly(storage: Any) -> dict[str, Any]:
    """Return the state of Lambda's stores, whose weak references cannot be saved."""
    return {**vars(storage), "_arns": dict(vars(storage)["_arns"])}


def _find_weakly(storage: Any, state: dict[str, Any]) -> None:
    vars(storage).update({**state, "_arns": weakref.WeakValueDictionary(state["_arns"])})


for store in (LambdaStorage, LayerStorage):
    for hook, way in (("__getstate__", _keep_strongly), ("__setstate__", _find_weakly)):
        setattr(store, hook, way)


# Services that AWS lets a member administer and moto does not know of.
moto.organizations.models.FakeDelegatedAdministrator.SUPPORTED_SERVICES += [
    f"{service}.amazonaws.com"
    for service in (
        "access-analyzer",
        "account",
        "config",
        "detective",
        "guardduty",
        "inspector2",
        "macie",
        "securityhub",
    )
]


@cache
def _handlers(service: str) -> list[tuple[re.Pattern[str], Handler]]:
    package = PACKAGES.get(service, service)
    try:
        urls = importlib.import_module(f"moto.{package}.urls")
    except ModuleNotFoundError:
        return []
    return [(re.compile(path.format("")), handler) for path, handler in urls.url_paths.items()]


def answer(service: str, request: Request) -> Reply:
    """Return moto's reply to a request.

    The account is in the header `x-moto-account-id`.
    """
    path = request.raw_path
    for pattern, handler in _handlers(service):
        if pattern.match(path):
            return _reply(handler, request)
    raise AwsError("UnknownOperationException", f"The simulator knows no {service} {request.method} {path}.", 404)


def _reply(handler: Handler, request: Request) -> Reply:
    try:
        result = handler(request, request.raw_url, dict(request.headers))
    except HTTPException as error:
        result = error.code, dict(error.get_headers()), error.get_body()
    except NotImplementedError as error:
        raise AwsError("UnknownOperationException", f"The simulator has no answer: {error}", 404) from error
    status, headers, body = result if isinstance(result, tuple) else (200, {}, result)
    kept = [(k, str(v)) for k, v in headers.items() if k.lower() not in {"status", "content-length", "connection"}]
    return Reply.of(int(status or 200), kept, body)


def settle_chance(seed: str) -> None:
    """Let moto make up the same ids for the same seed."""
    mock_random.seed(seed)


def _in_use() -> list[Any]:
    """Return moto's own list of the services that hold anything."""
    found: list[Any] = vars(BackendDict)["_instances"]
    return found


def take_state() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Return moto's accounts by service, and what a service knows across accounts.

    Living objects.
    """
    _end_listings()
    return {
        backend.service_name: (dict(backend), {k: v for k, v in vars(backend).items() if k not in PLAIN})
        for backend in _in_use()
        if backend
    }


def _end_listings() -> None:
    """Drop the generators that the tagging API keeps for a next page.

    They cannot be saved.
    """
    for account in resourcegroupstaggingapi_backends.values():
        for backend in account.values():
            vars(backend)["_pages"].clear()


def put_state(state: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> None:
    """Replace all that moto knows."""
    clear_state()
    for service, (accounts, across) in state.items():
        backend: Any = backends.get_backend(service)  # type: ignore[call-overload]
        backend.update(accounts)
        vars(backend).update(across)
        if backend not in _in_use():
            _in_use().append(backend)
    _reintroduce_ec2()


def _reintroduce_ec2() -> None:
    """Restore the weak references by which EC2's regions find each other."""
    for account in ec2_backends.values():
        for backend in account.values():
            for registry in (backend.vpc_refs, backend.backend_refs, backend.vpc_pcx_refs):
                registry[backend.__class__].add(weakref.ref(backend))


def clear_state() -> None:
    """Forget every account."""
    BackendDict.reset()
