"""Duties by layer: unjudged is never met, and every check has a layer."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from posture.checks import all_checks
from posture.core.outcome import Severity
from posture.pages.practices import duties
from posture.pages.practices.check_status import CheckRow
from posture.pages.practices.duties import Layer, Stack
from posture.pages.practices.queries import ServiceRow
from posture.responsibility.services import LAYERS, Owner, services, settled
from tests.practices.test_check_status import check_result

CHECK = all_checks()["ec2_volume_encrypted"]
LESSER = all_checks()["ec2_volume_attached"]


def test_every_check_looks_at_a_layer_that_is_the_customers() -> None:
    for check in all_checks().values():
        service = settled(check.resource_type)
        layer = duties.layer_of(check, service)
        assert service.layers[layer] in {Owner.YOURS, Owner.SHARED}, (check.id, service.id, layer)


def test_every_service_says_whose_each_layer_is() -> None:
    for service in services():
        assert list(service.layers) == list(LAYERS)
        assert Owner.YOURS in service.layers.values()


@pytest.mark.parametrize(
    ("owner", "rows", "state"),
    [
        (Owner.AWS, [], "aws"),
        (Owner.NONE, [], "none"),
        (Owner.YOURS, [], "unjudged"),
        (Owner.YOURS, [CheckRow(CHECK, None)], "idle"),
        (Owner.YOURS, [CheckRow(CHECK, check_result(passed=3))], "met"),
        (Owner.YOURS, [CheckRow(CHECK, check_result(passed=3, unknown=1))], "unknown"),
        (Owner.SHARED, [CheckRow(CHECK, check_result(passed=3, failed=1))], "fail"),
        (Owner.YOURS, [CheckRow(LESSER, check_result(Severity.LOW, failed=1))], "lesser"),
        (Owner.YOURS, [CheckRow(LESSER, check_result(Severity.LOW, failed=1)), CheckRow(CHECK, None)], "lesser"),
    ],
)
def test_a_layer_is_as_its_checks_are(owner: Owner, rows: list[CheckRow], state: str) -> None:
    assert Layer("encryption", "Encryption", owner, rows, "/").state == state


def stack(*checks: CheckRow) -> Stack:
    request = RequestFactory().get("/practices/responsibility/services/")
    [made] = duties.stacks(request, [ServiceRow(settled("AWS::EC2::Volume"), 3, 0, list(checks))])
    return made


def test_the_duties_are_counted_and_lead_to_their_findings() -> None:
    found = stack(CheckRow(CHECK, check_result(failed=2)), CheckRow(LESSER, check_result(Severity.LOW, passed=1)))
    by_name = {layer.id: layer for layer in found.layers}
    assert "check=ec2_volume_encrypted" in by_name["encryption"].url
    assert "status=fail" in by_name["encryption"].url
    assert by_name["data"].url.endswith("?service=ebs#service")
    counted = duties.totals([found])
    assert (counted.duties, counted.met, counted.failing, counted.unknown) == (2, 1, 1, 0)
    assert counted.unjudged == 1, "settings of EBS: no check looks at them"


def test_layers_of_aws_that_follow_each_other_are_one_cell() -> None:
    spans = [span for span, _ in stack().runs]
    assert sum(spans) == len(LAYERS)
    assert spans[0] == 3


def test_services_are_grouped_by_how_much_of_them_is_yours() -> None:
    request = RequestFactory().get("/")
    rows = [ServiceRow(one, 1, 0, []) for one in services()]
    groups = dict(duties.groups(duties.stacks(request, rows)))
    named = {name: {one.row.service.id for one in found} for name, found in groups.items()}
    assert {"compute", "outposts", "ecs"} <= named["You run the machine"]
    assert {"rds", "lambda"} <= named["You keep the engine current"]
    assert {"s3", "iam"} <= named["You run the settings"]
