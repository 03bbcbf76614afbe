"""What a door's configuration says of it: ports, address, what is behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posture.core.resource import Resource
from posture.pages.entry import kinds
from posture.pages.entry.kinds import Config

PORTS_MAX = 4
"""Ports that are named."""
BEHIND_MAX = 3
"""Things behind a door that are named."""
BUCKET_NAME_ENDINGS = (".s3.", ".s3-")
"""What follows a bucket's name where it is the origin of a distribution."""


@dataclass(frozen=True, slots=True)
class DoorDetails:
    """What is said of a door besides its guards."""

    noun: str
    ports: str = ""
    address: str = ""
    behind: Sequence[str] = ()
    certificates: Sequence[str] = ()
    """ARNs."""
    buckets: Sequence[str] = ()
    """Names of the buckets behind it."""


def details_of(resource: Resource) -> DoorDetails:
    """Return the details of a door; what could not be read is left out."""
    return _DETAILS[resource.type](resource)


def items(value: Any, key: str) -> list[Config]:
    """Return the mappings of a list; none where it is absent or could not be read."""
    found = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(found, Mapping):
        found = found.get("Items")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, Sequence) else []


def security_groups(resource: Resource) -> list[str]:
    """Return the ARNs of the security groups of an instance or population."""
    partition = resource.arn.split(":")[1] if resource.arn.count(":") > 1 else "aws"
    start = f"arn:{partition}:ec2:{resource.region}:{resource.account_id}:security-group/"
    return [f"{start}{one}" for one in dict.fromkeys(_group_ids(resource.raw_config))]


def _group_ids(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        group = value.get("GroupId")
        if isinstance(group, str):
            yield group
        for each in value.values():
            yield from _group_ids(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _group_ids(each)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _at(config: Config, *keys: str) -> Any:
    value: Any = config
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _ports(pairs: Sequence[tuple[Any, Any]]) -> str:
    """Return "HTTPS/443, HTTP/80"; the first of many."""
    known = dict.fromkeys(f"{protocol}/{port}" for protocol, port in pairs if protocol and isinstance(port, int))
    shown = list(known)[:PORTS_MAX]
    more = f" and {len(known) - PORTS_MAX} more" if len(known) > PORTS_MAX else ""
    return ", ".join(shown) + more


def _balancer(resource: Resource) -> DoorDetails:
    config = resource.raw_config
    listeners = items(config, "Listeners")
    certificates = [_text(one.get("CertificateArn")) for each in listeners for one in items(each, "Certificates")]
    targets = [_target(one) for each in listeners for one in items(each, "DefaultActions")]
    return DoorDetails(
        f"{config.get('Type') or ''} load balancer".strip(),
        _ports([(each.get("Protocol"), each.get("Port")) for each in listeners]),
        _text(config.get("DNSName")),
        _named(targets),
        _known(certificates),
    )


def _target(action: Config) -> str:
    """Return the name of a target group: arn:…:targetgroup/NAME/ID."""
    return _text(action.get("TargetGroupArn")).rpartition(":targetgroup/")[2].partition("/")[0]


def _classic(resource: Resource) -> DoorDetails:
    config = resource.raw_config
    listeners = [_at(each, "Listener") or {} for each in items(config, "ListenerDescriptions")]
    return DoorDetails(
        "classic load balancer",
        _ports([(each.get("Protocol"), each.get("LoadBalancerPort")) for each in listeners]),
        _text(config.get("DNSName")),
        (),
        _known([_text(each.get("SSLCertificateId")) for each in listeners]),
    )


def _distribution(resource: Resource) -> DoorDetails:
    config = resource.raw_config
    origins = [_text(each.get("DomainName")) for each in items(config, "Origins")]
    return DoorDetails(
        "CloudFront distribution",
        "",
        _text(config.get("DomainName")),
        _named([_bucket_name(origin) or origin for origin in origins]),
        _known([_text(_at(config, "ViewerCertificate", "ACMCertificateArn"))]),
        _known([_bucket_name(origin) for origin in origins]),
    )


def _bucket_name(origin: str) -> str:
    found = (origin.partition(ending)[0] for ending in BUCKET_NAME_ENDINGS if ending in origin)
    return next(found, "")


def _rest_api(resource: Resource) -> DoorDetails:
    return DoorDetails("REST API", "HTTPS/443", "", _authorizations(items(resource.raw_config, "Methods"), "method"))


def _http_api(resource: Resource) -> DoorDetails:
    config = resource.raw_config
    noun = "WebSocket API" if config.get("ProtocolType") == "WEBSOCKET" else "HTTP API"
    behind = _authorizations(items(config, "Routes"), "route")
    return DoorDetails(noun, "HTTPS/443", _text(config.get("ApiEndpoint")).removeprefix("https://"), behind)


def _authorizations(listed: Sequence[Config], noun: str) -> Sequence[str]:
    if not listed:
        return ()
    return (f"{len(listed):,} {noun}{'' if len(listed) == 1 else 's'}",)


def _function(resource: Resource) -> DoorDetails:
    urls = [_text(each.get("FunctionUrl")) for each in items(resource.raw_config, "FunctionUrlConfigs")]
    address = next(iter(_known(urls)), "").removeprefix("https://").rstrip("/")
    return DoorDetails("function URL", "HTTPS/443", address, _known([_text(resource.raw_config.get("Runtime"))]))


def _instance(resource: Resource) -> DoorDetails:
    address = _text(resource.raw_observed.get("PublicIpAddress"))
    behind = _known([_text(resource.raw_config.get("InstanceType"))])
    return DoorDetails("public address", "", address, behind)


def _bucket(_: Resource) -> DoorDetails:
    return DoorDetails("public bucket", "HTTPS/443")


def _database(resource: Resource) -> DoorDetails:
    config = resource.raw_config
    port = _at(config, "Endpoint", "Port") or config.get("Port") or config.get("DbInstancePort")
    address = _text(_at(config, "Endpoint", "Address"))
    return DoorDetails("database", _ports([("tcp", port)]), address, _known([_text(config.get("Engine"))]))


def _search(resource: Resource) -> DoorDetails:
    config = resource.raw_config
    certificate = _text(_at(config, "DomainEndpointOptions", "CustomEndpointCertificateArn"))
    behind = _known([_text(config.get("EngineVersion")).replace("_", " ")])
    return DoorDetails("search domain", "HTTPS/443", _text(config.get("Endpoint")), behind, _known([certificate]))


def _kubernetes(resource: Resource) -> DoorDetails:
    version = _text(resource.raw_config.get("version"))
    return DoorDetails("Kubernetes endpoint", "HTTPS/443", "", _known([f"Kubernetes {version}" if version else ""]))


def _known(words: Sequence[str]) -> Sequence[str]:
    return tuple(dict.fromkeys(one for one in words if one))


def _named(words: Sequence[str]) -> Sequence[str]:
    known = _known(words)
    more = len(known) - BEHIND_MAX
    return (*known[:BEHIND_MAX], f"{more} more") if more > 0 else known


_DETAILS: Mapping[str, Callable[[Resource], DoorDetails]] = {
    kinds.CLASSIC: _classic,
    kinds.BALANCER: _balancer,
    kinds.DISTRIBUTION: _distribution,
    kinds.REST_API: _rest_api,
    kinds.HTTP_API: _http_api,
    kinds.FUNCTION: _function,
    kinds.INSTANCE: _instance,
    kinds.BUCKET: _bucket,
    kinds.DATABASE: _database,
    kinds.WAREHOUSE: _database,
    kinds.SEARCH: _search,
    kinds.KUBERNETES: _kubernetes,
}
