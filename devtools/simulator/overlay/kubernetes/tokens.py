"""Checks a token as EKS does: a GetCallerIdentity, signed for one cluster."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from devtools.simulator.overlay.world import real_now

PREFIX = "k8s-aws-v1."
CLUSTER_HEADER = "x-k8s-aws-id"
EXPIRES_MAX = 60
CLOCK_SKEW = dt.timedelta(minutes=15)
FormerKeys = tuple[str, str, str]
"""A secret key, its session's token, and who has both."""
FindKeys = Callable[[str], FormerKeys | None]
"""Returns what belongs to an access key; None for an unknown one."""


class TokenError(Exception):
    """The token is not accepted; the message says why, for the tests' logs."""


def check_token(token: str, cluster: str, region: str, find_keys: FindKeys) -> str:
    """Return the ARN of the caller; raises TokenError."""
    url = _url(token)
    parts = urlsplit(url)
    fields = dict(parse_qsl(parts.query, strict_parsing=True))
    if (parts.scheme, parts.netloc, parts.path) != ("https", f"sts.{region}.amazonaws.com", "/"):
        raise TokenError(f"{parts.netloc} is not the region's STS")
    if fields.get("Action") != "GetCallerIdentity" or fields.get("X-Amz-SignedHeaders") != f"host;{CLUSTER_HEADER}":
        raise TokenError("it is no GetCallerIdentity that is signed for a cluster")
    if not 0 < int(fields.get("X-Amz-Expires", "0")) <= EXPIRES_MAX:
        raise TokenError("it is valid for too long")
    signed_at = dt.datetime.strptime(fields["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    if not -CLOCK_SKEW < real_now() - signed_at < dt.timedelta(seconds=EXPIRES_MAX):
        raise TokenError("it has expired")
    keys = find_keys(fields["X-Amz-Credential"].split("/")[0])
    if keys is None or fields.get("X-Amz-Security-Token") != keys[1]:
        raise TokenError("its access key is not known")
    if not hmac.compare_digest(_signature(url, fields, cluster, region, keys), fields["X-Amz-Signature"]):
        raise TokenError(f"it is not signed for the cluster {cluster}")
    return keys[2]


def _url(token: str) -> str:
    if not token.startswith(PREFIX):
        raise TokenError("it is no token of EKS")
    text = token.removeprefix(PREFIX)
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise TokenError("it cannot be decoded") from error


def _signature(url: str, fields: dict[str, str], cluster: str, region: str, keys: FormerKeys) -> str:
    """Return the signature that STS would compute."""
    auth = SigV4QueryAuth(Credentials(fields["X-Amz-Credential"].split("/")[0], keys[0], keys[1]), "sts", region)
    unsigned = "&".join(part for part in urlsplit(url).query.split("&") if not part.startswith("X-Amz-Signature="))
    request = AWSRequest(
        method="GET", url=f"{url.split('?', maxsplit=1)[0]}?{unsigned}", headers={CLUSTER_HEADER: cluster}
    )
    request.context["timestamp"] = fields["X-Amz-Date"]
    return str(auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request))
