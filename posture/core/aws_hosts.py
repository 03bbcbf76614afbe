"""Names in DNS that AWS gives to what customers make: buckets, addresses, servers."""

from __future__ import annotations

import re

_S3 = re.compile(r"(?:.{1,255}\.)?s3(?:-website)?(?:[.-][a-z0-9-]{1,32})?\.amazonaws\.com(?:\.cn)?")
_EC2 = re.compile(r"ec2-(\d{1,3})-(\d{1,3})-(\d{1,3})-(\d{1,3})\.[a-z0-9.-]{1,64}\.amazonaws\.com(?:\.cn)?")
_ELB = re.compile(r".{1,255}\.elb(?:\.[a-z0-9-]{1,32})?\.amazonaws\.com(?:\.cn)?")
_CLOUDFRONT = re.compile(r".{1,255}\.cloudfront\.net")
_REGION = re.compile(r"(?:^|[.-])([a-z]{2}(?:-[a-z]{2,12}){1,2}-\d{1,2})(?:[.]|$)")
_FIRST_REGION = re.compile(r"\.compute-1\.amazonaws\.com$")


def normal(text: str) -> str:
    """Return a host in lower case, without the final dot and the address family."""
    return text.removesuffix(".").lower().removeprefix("dualstack.").removeprefix("ipv6.")


def bucket_of_record(name: str, host: str) -> str | None:
    r"""Return the bucket that S3 looks for: the record's own name, whatever the host.

    `\052` is how Route 53 writes a wildcard.
    """
    return name if _S3.fullmatch(host) and "\\052" not in name else None


def bucket_of_origin(host: str) -> str | None:
    """Return the bucket in an origin's name: `assets.s3.eu-central-1.amazonaws.com`."""
    name, separator, rest = host.rpartition(".s3")
    return name if separator and rest.split(".amazonaws.", 1)[0] != rest else None


def address_of(host: str) -> str | None:
    """Return the public address in an instance's name: `ec2-203-0-113-25.….com`."""
    match = _EC2.fullmatch(host)
    return ".".join(match.groups()) if match else None


def is_load_balancer(host: str) -> bool:
    """Return True for the name of a load balancer."""
    return bool(_ELB.fullmatch(host))


def is_distribution(host: str) -> bool:
    """Return True for the name of a CloudFront distribution."""
    return bool(_CLOUDFRONT.fullmatch(host))


def region_of(host: str) -> str:
    """Return the region in a name; empty where it says none."""
    if _FIRST_REGION.search(host):
        return "us-east-1"
    found = _REGION.findall(host)
    return found[-1] if found else ""
