"""A sweep of one account brings home what AWS answered, and names what it did not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from posture.core.collector import Ask, ListingScope
from posture.core.gap import ANY, GapReason
from posture.core.resource import Resource
from posture.core.sweep import AccountResult
from posture.core.values import Unknown
from posture.sweep import Engine, Target, clients, service_models, sweep_account
from posture.sweep.errors import CancelledError
from posture.sweep.run import Progress
from tests.sweep.conftest import ACCOUNT, GLOBAL_SECRETS, SECRETS, declared, role_in
from tests.sweep.fake_aws import Call, FakeAws, Reply, ec2_error, error, query_error

Swept = Callable[..., AccountResult]


def secrets(call: Call, count: int = 3) -> dict[str, Any]:
    names = [f"{call.account_id}-{call.region}-{number}" for number in range(count)]
    arn = f"arn:aws:secretsmanager:{call.region}:{call.account_id}:secret"
    return {"SecretList": [{"ARN": f"{arn}:{name}", "Name": name} for name in names]}


def policy(call: Call) -> dict[str, Any]:
    return {"ResourcePolicy": f"{call.account_id} {call.region} {call.params['SecretId']}"}


@pytest.fixture(autouse=True)
def _answers(aws: FakeAws) -> None:
    aws.on["secretsmanager:ListSecrets"] = secrets
    aws.on["secretsmanager:GetResourcePolicy"] = policy


def test_resources_come_from_every_enabled_region(aws: FakeAws, swept: Swept) -> None:
    aws.regions = ("eu-central-1", "eu-west-1")

    result = swept()

    assert result.regions == ["eu-central-1", "eu-west-1"]
    assert len(result.resources) == 6
    assert not result.gaps
    assert {resource.region for resource in result.resources} == {"eu-central-1", "eu-west-1"}
    assert result.calls["secretsmanager:get_resource_policy"] == 6
    assert result.calls["ec2:describe_regions"] == 1
    assert result.calls["sts:assume_role"] == 1


def test_wanted_regions_narrow_the_enabled_ones_and_a_closed_one_is_named(aws: FakeAws, swept: Swept) -> None:
    aws.regions = ("eu-central-1", "eu-west-1")

    result = swept(target=Target(ACCOUNT, role_in(ACCOUNT), regions=["eu-west-1", "ap-east-1"]))

    assert result.regions == ["eu-west-1"]
    assert [(gap.region, gap.resource_type, gap.reason) for gap in result.gaps] == [
        ("ap-east-1", ANY, GapReason.NOT_OPTED_IN)
    ]


def test_an_account_that_does_not_list_its_regions_is_blind_in_what_is_regional(aws: FakeAws, swept: Swept) -> None:
    aws.on["ec2:DescribeRegions"] = ec2_error("UnauthorizedOperation", "You are not authorized")

    result = swept(SECRETS, GLOBAL_SECRETS)

    assert {resource.type for resource in result.resources} == {"AWS::Test::GlobalSecret"}
    assert [(gap.region, gap.resource_type, gap.action) for gap in result.gaps] == [
        (ANY, "AWS::Test::Secret", "ec2:DescribeRegions")
    ]


def test_wanted_regions_are_asked_where_the_account_does_not_list_its_own(aws: FakeAws, swept: Swept) -> None:
    aws.on["ec2:DescribeRegions"] = ec2_error("UnauthorizedOperation", "You are not authorized")

    result = swept(target=Target(ACCOUNT, role_in(ACCOUNT), regions=["eu-west-1"]))

    assert len(result.resources) == 3
    assert not result.gaps


def test_a_refused_listing_is_a_gap_and_leaves_nothing_of_itself(aws: FakeAws, swept: Swept) -> None:
    message = (
        "User: arn:aws:sts::111122223333:assumed-role/audit/s is not authorized to perform: "
        "secretsmanager:ListSecrets with an explicit deny in a service control policy: "
        "arn:aws:organizations::999988887777:policy/o-a1b2c3d4e5/service_control_policy/p-12ab34cd"
    )

    def second_page_refused(call: Call) -> Any:
        if "NextToken" in call.params:
            return error("AccessDeniedException", message)
        return {**secrets(call), "NextToken": "more"}

    aws.on["secretsmanager:ListSecrets"] = second_page_refused

    result = swept()

    assert not result.resources
    (gap,) = result.gaps
    assert (gap.account_id, gap.region, gap.resource_type) == (ACCOUNT, "eu-central-1", "AWS::Test::Secret")
    assert gap.reason is GapReason.SERVICE_CONTROL_POLICY
    assert gap.action == "secretsmanager:ListSecrets"
    assert "p-12ab34cd" in gap.remedy


def test_a_gap_in_what_is_listed_once_covers_every_region(aws: FakeAws, swept: Swept) -> None:
    aws.on["secretsmanager:ListSecrets"] = error("AccessDeniedException", "no")

    (gap,) = swept(GLOBAL_SECRETS).gaps

    assert gap.region == ANY
    assert gap.covers("eu-west-3", "AWS::Test::GlobalSecret")


def test_a_refused_detail_is_unknown_and_no_gap(aws: FakeAws, swept: Swept) -> None:
    aws.on["secretsmanager:GetResourcePolicy"] = error("AccessDeniedException", "no")

    result = swept()

    assert len(result.resources) == 3
    assert not result.gaps
    expected = Unknown("secretsmanager:GetResourcePolicy", "AccessDeniedException", GapReason.DENIED)
    assert [resource.raw_config["Policy"] for resource in result.resources] == [expected] * 3
    assert result.refusals[expected].message == "no"
    assert "secretsmanager:GetResourcePolicy" in result.refusals[expected].remedy


def test_a_role_that_cannot_be_assumed_blinds_everything_and_says_what_to_check(aws: FakeAws, swept: Swept) -> None:
    message = "User: x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111122223333:role/audit"
    aws.on["sts:AssumeRole"] = query_error("AccessDenied", message)

    result = swept()

    assert result.refused
    (gap,) = result.gaps
    assert (gap.region, gap.resource_type, gap.reason) == (ANY, ANY, GapReason.ROLE_NOT_ASSUMED)
    assert "external id" in gap.remedy
    assert "the role audit exists" in gap.remedy
    assert result.swept_types == ["AWS::Test::Secret"]


def test_a_role_of_another_account_is_not_swept(swept: Swept) -> None:
    result = swept(target=Target(ACCOUNT, role_in("999988887777")))

    assert [gap.error for gap in result.gaps] == ["WrongAccount"]
    assert not result.resources


def test_an_html_page_is_no_empty_listing(aws: FakeAws, swept: Swept) -> None:
    aws.on["secretsmanager:ListSecrets"] = Reply("<html><body>Sign in</body></html>", 200, "text/html")

    (gap,) = swept().gaps

    assert gap.reason is GapReason.BAD_ANSWER


def test_an_html_page_in_place_of_xml_is_no_empty_listing(aws: FakeAws, swept: Swept) -> None:
    def vpcs(ask: Ask) -> Iterator[Resource]:
        for raw in ask.pages("ec2", "describe_vpcs", "Vpcs"):
            yield ask.resource(raw, arn=ask.arn("ec2", f"vpc/{raw['VpcId']}"))

    aws.on["ec2:DescribeVpcs"] = Reply("<html><body>Sign in</body></html>", 200, "text/html")

    (gap,) = swept(declared(vpcs)).gaps

    assert gap.reason is GapReason.BAD_ANSWER


def test_a_body_cut_short_is_no_empty_listing(aws: FakeAws, swept: Swept) -> None:
    whole = json.dumps({"SecretList": [{"Name": "a"}, {"Name": "b"}]})
    aws.on["secretsmanager:ListSecrets"] = Reply(whole[:-20])

    (gap,) = swept().gaps

    assert gap.reason is GapReason.BAD_ANSWER


@pytest.mark.parametrize("body", ["", " \n"])
def test_an_answer_without_a_body_is_no_empty_listing(aws: FakeAws, swept: Swept, body: str) -> None:
    aws.on["secretsmanager:ListSecrets"] = Reply(body)

    (gap,) = swept().gaps

    assert gap.reason is GapReason.BAD_ANSWER
    assert "empty" in gap.message


@pytest.mark.parametrize(
    ("service", "operation", "speaks"),
    [
        ("s3", "list_buckets", True),
        ("cloudfront", "list_distributions", True),
        ("lambda", "list_functions", True),
        ("ec2", "describe_vpcs", True),
        ("s3", "get_bucket_policy", False),
        ("s3", "head_bucket", False),
        ("secretsmanager", "list_secrets", True),
        ("ec2", "delete_vpc", False),
    ],
)
def test_an_answer_without_a_body_is_taken_where_it_may_be_meant(service: str, operation: str, *, speaks: bool) -> None:
    assert clients._speaks_in_its_body(service_models.operation_model(service, operation).output_shape) is speaks


def test_a_page_token_that_comes_back_ends_the_listing_as_a_gap(aws: FakeAws, swept: Swept) -> None:
    turn = {"a": "b", "b": "c", "c": "a"}
    aws.on["secretsmanager:ListSecrets"] = lambda call: {
        "SecretList": [],
        "NextToken": turn[call.params.get("NextToken", "c")],
    }

    (gap,) = swept().gaps

    assert gap.reason is GapReason.BAD_ANSWER
    assert "second time" in gap.message
    assert len(aws.made("secretsmanager:ListSecrets")) == 4


def test_an_empty_page_with_a_token_does_not_end_a_listing(aws: FakeAws, swept: Swept) -> None:
    aws.on["secretsmanager:ListSecrets"] = lambda call: (
        secrets(call) if "NextToken" in call.params else {"SecretList": [], "NextToken": "more"}
    )

    assert len(swept().resources) == 3


def test_throttled_calls_are_made_again_and_counted(aws: FakeAws, swept: Swept) -> None:
    aws.on["secretsmanager:ListSecrets"] = lambda call: (
        secrets(call)
        if len(aws.made("secretsmanager:ListSecrets")) > 2
        else error("ThrottlingException", "Rate exceeded")
    )

    result = swept()

    assert len(result.resources) == 3
    assert (result.retries, result.throttles) == (2, 2)


def test_a_service_that_keeps_failing_is_a_gap(aws: FakeAws, swept: Swept) -> None:
    aws.on["secretsmanager:ListSecrets"] = error("InternalServiceError", "oh", 500)

    result = swept()

    assert [gap.reason for gap in result.gaps] == [GapReason.SERVICE_ERROR]
    assert len(aws.made("secretsmanager:ListSecrets")) == 5
    assert result.retries == 4


def test_a_session_that_expires_in_mid_sweep_is_renewed(aws: FakeAws, swept: Swept) -> None:
    def first_session_expired(call: Call) -> Any:
        return error("ExpiredTokenException", "expired") if call.session == 1 else policy(call)

    aws.on["secretsmanager:GetResourcePolicy"] = first_session_expired

    result = swept()

    assert not result.gaps
    assert [type(resource.raw_config["Policy"]) for resource in result.resources] == [str] * 3
    assert aws.sessions[ACCOUNT] == 2


def test_a_session_near_its_end_is_renewed_before_it_is_refused(aws: FakeAws, swept: Swept) -> None:
    aws.session_seconds = 30

    result = swept()

    assert not result.gaps
    assert aws.sessions[ACCOUNT] > 1


def test_a_role_deleted_in_mid_sweep_leaves_gaps_and_is_not_asked_for_again_and_again(
    aws: FakeAws, swept: Swept
) -> None:
    aws.regions = tuple(f"eu-west-{number}" for number in range(1, 4))

    def deleted(call: Call) -> Any:
        aws.on["sts:AssumeRole"] = query_error("AccessDenied", "not authorized to perform: sts:AssumeRole")
        return error("UnrecognizedClientException", "The security token included in the request is invalid")

    aws.on["secretsmanager:ListSecrets"] = deleted

    result = swept()

    assert [gap.reason for gap in result.gaps] == [GapReason.ROLE_NOT_ASSUMED] * 3
    assert len(aws.made("sts:AssumeRole")) == 2


def test_a_fault_in_a_collector_is_a_gap_of_its_type_alone(swept: Swept, caplog: pytest.LogCaptureFixture) -> None:
    def broken(ask: Ask) -> Iterator[Resource]:
        for raw in ask.pages("secretsmanager", "list_secrets", "SecretList"):
            yield ask.resource(raw, arn=raw["NoSuchKey"])

    result = swept(SECRETS, declared(broken, "Broken"))

    assert [(gap.resource_type, gap.error) for gap in result.gaps] == [("AWS::Test::Broken", "KeyError")]
    assert {resource.type for resource in result.resources} == {"AWS::Test::Secret"}
    assert "AWS::Test::Broken failed" in caplog.text


def test_what_belongs_to_the_organization_is_asked_only_where_it_can_be_answered(swept: Swept) -> None:
    of_organization = declared(SECRETS.gather, "OrganizationSecret", scope=ListingScope.ORGANIZATION)

    member = swept(of_organization)
    management = swept(of_organization, target=Target(ACCOUNT, role_in(ACCOUNT), organization=True))

    assert (member.swept_types, member.resources) == ([], [])
    assert len(management.resources) == 3


def test_details_within_details_do_not_wait_for_each_other_for_ever(aws: FakeAws, swept: Swept) -> None:
    aws.regions = tuple(f"eu-west-{number}" for number in range(1, 13))

    def nested(ask: Ask) -> Iterator[Resource]:
        def inner(number: int) -> list[Any]:
            return ask.each(lambda _: ask.call("secretsmanager", "list_secrets"), range(4))

        for number, _ in enumerate(ask.each(inner, range(8))):
            yield ask.resource({}, arn=ask.arn("x", f"thing/{number}"))

    result = swept(declared(nested))

    assert len(result.resources) == 12 * 8
    assert result.calls["secretsmanager:list_secrets"] == 12 * 8 * 4


def test_cancelling_ends_a_sweep_at_once(aws: FakeAws, swept: Swept) -> None:
    cancel, release = threading.Event(), threading.Event()

    def slow(call: Call) -> Any:
        cancel.set()
        release.wait(10)
        return secrets(call)

    aws.on["secretsmanager:ListSecrets"] = slow
    began = time.monotonic()

    with pytest.raises(CancelledError):
        swept(cancel=cancel)
    took = time.monotonic() - began
    release.set()

    assert took < 5


def test_what_is_not_read_within_the_time_limit_is_a_gap(aws: FakeAws, swept: Swept) -> None:
    aws.on["ec2:DescribeRegions"] = lambda _: time.sleep(0.3)

    result = swept(seconds=0.2)

    assert [(gap.reason, gap.error) for gap in result.gaps] == [(GapReason.TIMED_OUT, "TimeLimit")]


def test_progress_is_reported_until_all_is_done(swept: Swept) -> None:
    reports: list[Progress] = []

    swept(progress=reports.append)

    assert reports[-1].done == reports[-1].total == 1
    assert reports[-1].calls == 6, "a role, the regions, a listing and three details"


def test_no_answer_lands_in_another_account(aws: FakeAws, engine: Engine) -> None:
    aws.regions = ("eu-central-1", "eu-west-1")
    accounts = [f"{number:012d}" for number in range(1, 101)]
    collectors = {"AWS::Test::Secret": SECRETS}

    def one(account_id: str) -> AccountResult:
        return sweep_account(engine, Target(account_id, role_in(account_id)), collectors=collectors)

    with ThreadPoolExecutor(64) as threads:
        results = list(threads.map(one, accounts))

    for account_id, result in zip(accounts, results, strict=True):
        assert not result.gaps
        assert len(result.resources) == 6
        for resource in result.resources:
            named, region, arn = resource.raw_config["Policy"].split()
            assert named == account_id == resource.account_id
            assert region == resource.region
            assert arn == resource.arn
            assert account_id in resource.arn
    # Signed by the account's own session each time, and never by the placeholder.
    assert {call.key[:4] for call in aws.calls} == {"ASIA", "AKIA"}
    assert {call.service for call in aws.calls if call.key.startswith("AKIA")} == {"sts"}


def test_calls_name_their_sender(aws: FakeAws, swept: Swept) -> None:
    swept()

    assert all(call.headers["User-Agent"].startswith("Plumbline/") for call in aws.calls)
    assert aws.made("sts:AssumeRole")[0].params["RoleSessionName"] == "plumbline-sweep"
    assert aws.made("sts:AssumeRole")[0].params["ExternalId"] == "external"
    assert aws.made("sts:AssumeRole")[0].params["DurationSeconds"] == "3600"


def test_collectors_know_the_accounts_of_the_organization(swept: Swept) -> None:
    known: list[frozenset[str] | None] = []

    def listing(ask: Ask) -> Iterator[Resource]:
        known.append(ask.known_accounts)
        yield from ()

    family = frozenset({ACCOUNT, "444455556666"})
    swept(declared(listing, scope=ListingScope.GLOBAL), target=Target(ACCOUNT, role_in(ACCOUNT), known_accounts=family))
    swept(declared(listing, scope=ListingScope.GLOBAL))

    assert known == [family, None]
