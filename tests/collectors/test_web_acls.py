"""Web ACLs of both scopes, and what of their rules is hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from posture.collectors.wafv2_web_acl import web_acls
from posture.core.check import EXAMPLE_ACCOUNT, EXAMPLE_NOW
from posture.core.resource import Resource
from posture.core.values import plain
from posture.sweep.ask import AccountAsk, Location
from tests.collectors.recorded import Recorded
from tests.collectors.test_collectors import ANSWERS, gathered

SECRET = "s3cr3t-t0ken"
EDGE = "arn:aws:wafv2:us-east-1:111122223333:global/webacl/edge/d1b2c3d4-1111-2222-3333-444455556666"


def ask_in(region: str, listings: Sequence[Mapping[str, Any]]) -> list[Resource]:
    answers = json.loads((ANSWERS / "wafv2_web_acl.json").read_text())
    recorded = Recorded({**answers, "wafv2:list_web_acls": listings})
    location = Location(EXAMPLE_ACCOUNT, region, "aws", EXAMPLE_NOW, b"key of tests")
    found = list(web_acls.gather(AccountAsk(web_acls, location, recorded)))
    assert not recorded.faults
    return found


def listing(scope: str, *arns: str, marker: str = "", after: str | None = None) -> dict[str, Any]:
    acls = [{"Name": arn.split("/")[-2], "Id": arn.split("/")[-1], "ARN": arn} for arn in arns]
    params = {"Scope": scope, "NextMarker": after}
    return {"params": params, "answer": {"NextMarker": marker, "WebACLs": acls}}


def test_web_acls_of_cloudfront_are_asked_for_in_us_east_1_alone() -> None:
    regional = EDGE.replace("global", "regional")
    both = [listing("REGIONAL", regional), listing("CLOUDFRONT", EDGE)]

    found = ask_in("us-east-1", both)

    assert [(each.arn, each.raw_config["Scope"]) for each in found] == [(regional, "REGIONAL"), (EDGE, "CLOUDFRONT")]
    assert "Stages" not in found[1].raw_config, "WAF knows no stages of a web ACL of CloudFront"
    assert [each.raw_config["Scope"] for each in ask_in("eu-central-1", both)] == ["REGIONAL"]


def test_every_page_is_read() -> None:
    other = EDGE.replace("d1b2", "e1b2")
    pages = [
        listing("REGIONAL", EDGE, marker="edge"),
        listing("REGIONAL", other, after="edge"),
    ]

    assert [each.arn for each in ask_in("eu-central-1", pages)] == [EDGE, other]


def test_what_headers_are_compared_with_or_set_to_is_hidden_and_paths_are_shown() -> None:
    resources, _ = gathered(web_acls)
    text = json.dumps([plain(each.raw_config) for each in resources])

    assert SECRET not in text
    assert text.count("hmac-sha256:") == 2
    assert "/partners" in text
