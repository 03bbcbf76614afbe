"""A sweep finds what the story plants among identities and entry points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import boto3
import pytest

from devtools.simulator.apply import apply_until
from devtools.simulator.declared import Declared
from devtools.simulator.simulator import Simulator
from posture.core.outcome import Status
from posture.core.sweep import AccountResult
from posture.sweep import Engine, SweepRole, Target, sweep_account
from tests.simulation.conftest import base_credentials, role_arn
from tests.simulator import Simulators

pytestmark = [pytest.mark.simulator, pytest.mark.slow]

NOW = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)
MANAGEMENT = "alder-finch-management"
SWEPT = (
    MANAGEMENT,
    "network-hub",
    "webshop-prod",
    "webshop-dev",
    "payments-dev",
    "data-lake-dev",
    "clinic-imaging-prod",
    "telemedicine-prod",
)
PLANTED = {
    MANAGEMENT: {
        ("sso_assignment_to_group", "AdministratorAccess for bruno.costa in 204815162022"),
        ("sso_permission_set_not_administrator", "AdministratorAccess"),
    },
    "webshop-prod": {
        ("acm_certificate_renewed", "partners.alderfinch.example"),
        ("cloudfront_distribution_https", "images.alderfinch.example"),
        ("ec2_instance_containers_orchestrated", "shop-mail-relay"),
        ("ecr_repository_newest_image_not_critical", "shop-storefront"),
        ("ecr_repository_newest_image_scanned", "shop-search-feed"),
        ("ecs_service_running_images_not_critical", "shop-storefront"),
        ("elbv2_load_balancer_http_redirected", "shop-partners"),
        ("elbv2_load_balancer_logs", "shop-partners"),
        ("elbv2_load_balancer_modern_tls", "shop-partners"),
        ("elbv2_load_balancer_web_acl_in_front", "shop-partners"),
        ("iam_role_used", "voucher-import-2022"),
        ("sqs_queue_encrypted", "orders-failed"),
        ("sns_topic_sends_by_https", "price-changes"),
    },
    "webshop-dev": {
        ("iam_role_web_identity_pinned", "deploy-web"),
        ("lambda_function_url_authenticated", "shop-preview"),
    },
    "payments-dev": {("apigatewayv2_api_routes_authorized", "refunds-test")},
    "data-lake-dev": {
        ("opensearch_domain_policy_not_public", "clickstream-search"),
        ("redshift_cluster_encrypted", "reporting"),
    },
    "clinic-imaging-prod": {("iam_role_external_trust_has_external_id", "vendor-imaging")},
    "telemedicine-prod": {
        ("apprunner_service_deploys_on_purpose", "waiting-room"),
        ("apprunner_service_environment_without_secrets", "waiting-room"),
        ("apprunner_service_image_versioned", "waiting-room"),
        ("ecs_service_running_images_not_critical", "video-signalling"),
        ("elb_load_balancer_listens_by_tls", "videocare-web"),
        ("iam_role_external_trust_has_external_id", "videocare-support"),
    },
}
"""By account, checks that fail at the end of the story, and on what."""
SOUND = {
    "webshop-dev": {
        ("ecr_repository_newest_image_not_critical", "shop-storefront"),
        ("ecs_service_running_images_not_critical", "shop-storefront"),
    },
    "webshop-prod": {
        ("ecr_repository_tags_immutable", "shop-labels"),
        ("lambda_function_image_not_critical", "shop-labels"),
        ("elbv2_load_balancer_modern_tls", "shop-alb"),
        ("elbv2_load_balancer_web_acl_in_front", "shop-alb"),
        ("elbv2_load_balancer_logs", "shop-alb"),
        ("sqs_queue_encrypted", "orders"),
        ("opensearch_domain_in_vpc", "product-search"),
        ("iam_role_external_trust_has_external_id", "DatadogIntegrationRole"),
    },
    "telemedicine-prod": {("sqs_queue_policy_not_public", "videocare-events")},
}
"""What the same checks find in order."""


SERVICES = frozenset(
    {
        "acm",
        "apigateway",
        "backup",
        "cloudfront",
        "elasticloadbalancing",
        "es",
        "iam",
        "identitystore",
        "redshift",
        "route53",
        "sns",
        "sqs",
        "sso",
        "wafv2",
    }
)


@pytest.fixture(scope="module")
def results(simulators: Simulators, declared_organization: Declared) -> Iterator[Mapping[str, AccountResult]]:
    """Sweep the accounts at the end of the story."""
    with simulators.seeded() as simulator:
        apply_until(simulator.control, declared_organization, declared_organization.last_week, NOW)
        yield dict(_sweep(simulator, declared_organization, SWEPT))


def _sweep(simulator: Simulator, declared: Declared, names: Sequence[str]) -> Iterator[tuple[str, AccountResult]]:
    keys = base_credentials(declared)
    session = boto3.Session(keys["AccessKeyId"], keys["SecretAccessKey"], region_name="eu-central-1")
    engine = Engine(session, simulator.url, threads=4, fingerprint_key=b"k" * 32)
    external_id = declared.organization["external_id"]
    members = frozenset(account.id for account in declared.accounts)
    for name in names:
        role = SweepRole(role_arn(declared, name), external_id)
        target = Target(
            declared.by_name[name].id,
            role,
            declared.regions,
            organization=name == MANAGEMENT,
            known_accounts=members,
        )
        yield name, sweep_account(engine, target, now=dt.datetime.now(dt.UTC))
    engine.pool.close()


def having(result: AccountResult, status: Status) -> set[tuple[str, str]]:
    """Return checks and names of what they found so."""
    return {(one.check_id, one.resource.name or "") for one in result.judgements if one.outcome.status is status}


@pytest.mark.parametrize("name", PLANTED)
def test_planted_faults_are_found(results: Mapping[str, AccountResult], name: str) -> None:
    missing = PLANTED[name] - having(results[name], Status.FAIL)
    assert not missing


@pytest.mark.parametrize("name", SOUND)
def test_what_is_in_order_is_found_in_order(results: Mapping[str, AccountResult], name: str) -> None:
    missing = SOUND[name] - having(results[name], Status.PASS)
    assert not missing


@pytest.mark.parametrize("name", SWEPT)
def test_nothing_that_is_planted_goes_unanswered(results: Mapping[str, AccountResult], name: str) -> None:
    """The simulator answers every call of these services in these accounts."""
    refused = {gap.action for gap in results[name].gaps} | {unknown.action for unknown in results[name].refusals}
    assert {action for action in refused if action.partition(":")[0] in SERVICES} == set()
