"""Values of parameters: judged by at the next sweep, and a cause of their own."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import AwsAccount, Organization, OrganizationalUnit
from accounts.parameters import change_setting, load_values
from posture import checks
from posture.core.attribution import Cause
from posture.core.check import Check, check, fails, passes
from posture.core.outcome import Outcome, Severity, failed, passed
from posture.core.parameters import Parameter, days
from posture.core.resource import Resource
from posture.history import query
from posture.history.models import AccountParameters, FindingRecord
from posture.history.scope import Scope
from tests.history import rules
from tests.history.rules import BUCKET, NO_REMEDY
from tests.history.world import account, bucket, day, gap, organization, sweep, unit, user

pytestmark = pytest.mark.django_db

KEPT = days("log_days", "Retention of logs", "Buckets of logs have to keep them for so many days.", default=30)


@check(
    resource_type=BUCKET, title="Bucket keeps logs", problem="Bucket keeps logs too short",
    severity=Severity.HIGH, controls=("practices:data",),
    examples=(passes({"Days": 30}), fails({"Days": 1})), remediation=NO_REMEDY,
)  # fmt: skip
def bucket_keeps_logs(bucket: Resource) -> Outcome:
    """Who looks for an attacker needs the logs of that week."""
    return (passed if bucket.config.get("Days", 0) >= KEPT.value else failed)(f"Kept {bucket.config.get('Days')} days.")


@pytest.fixture(autouse=True)
def kept(fake_checks: dict[str, Check], monkeypatch: pytest.MonkeyPatch) -> None:
    fake_checks[bucket_keeps_logs.id] = bucket_keeps_logs
    known: dict[str, Parameter[int]] = {KEPT.name: KEPT}
    monkeypatch.setattr(checks, "all_parameters", lambda: known)
    monkeypatch.setattr("posture.history.query.parameters.all_parameters", lambda: known)
    rules.reload()


def change(acme: Organization, value: object, of: OrganizationalUnit | None = None) -> None:
    change_setting(acme, of, KEPT.name, value, user())


def episodes() -> list[tuple[str, str, str, str]]:
    order = "account__name", "resource_name", "opened_at"
    found = FindingRecord.objects.filter(check_id=bucket_keeps_logs.id).order_by(*order)
    return [(one.account.name, one.resource_name, one.open_reason, one.close_reason) for one in found]


def test_the_nearest_unit_decides_and_a_reset_gives_way_to_the_one_above() -> None:
    acme = organization()
    prod = unit(acme, "prod")
    web = unit(acme, "web", prod)
    ours, theirs = account(acme, unit=web), account(acme)
    for value, where in ((10, None), (20, prod), (30, web)):
        change(acme, value, where)
    assert [load_values(one) for one in (ours, theirs)] == [{"log_days": 30}, {"log_days": 10}]
    change(acme, None, web)
    assert load_values(ours) == {"log_days": 20}
    change(acme, None, prod)
    change(acme, None)
    assert load_values(ours) == {}
    assert change_setting(acme, None, KEPT.name, None, user()) is None
    rows = acme.parameter_settings.order_by("pk").values_list("unit__name", "before", "value")
    assert list(rows) == [
        (None, None, 10), ("prod", None, 20), ("web", None, 30), ("web", 30, None), ("prod", 20, None),
        (None, 10, None),
    ]  # fmt: skip


def test_units_of_like_paths_and_other_organizations_are_apart() -> None:
    acme, other = organization(), organization()
    prod = unit(acme, "prod")
    change(acme, 20, prod)
    longer = OrganizationalUnit.objects.create(
        organization=acme, ou_id="ou-x", name="x", path=f"{prod.path.rstrip('/')}0/"
    )
    assert load_values(account(acme, unit=longer)) == {}
    assert load_values(account(other)) == {}


def test_a_changed_value_is_a_cause_of_its_own() -> None:
    acme = organization()
    prod = unit(acme, "prod")
    ours, theirs = account(acme, name="ours", unit=prod), account(acme, name="theirs")
    held = [bucket("long", Days=60), bucket("short", Days=7)]
    for owner in (ours, theirs):
        sweep(owner, day(0), held, is_judged=False)
    change(acme, 90, prod)
    for owner in (ours, theirs):
        sweep(owner, day(1), held, is_judged=False)
    change(acme, 5, prod)
    sweep(ours, day(2), held, is_judged=False)
    sweep(ours, day(3), [bucket("long", Days=60), bucket("short", Days=1)], is_judged=False)

    assert episodes() == [
        ("ours", "long", "parameter", "parameter"),
        ("ours", "short", "found", "parameter"),
        ("ours", "short", "changed", ""),
        ("theirs", "short", "found", ""),
    ]
    scope = Scope.of(user(), acme, as_of=day(4))
    first = query.attribute_score(scope, day(0), day(1))
    assert {part.cause for part in first.parts if part.low} == {Cause.PARAMETER}
    found = [(one.at, one.title, one.words) for one in query.list_parameter_changes(scope, day(0), day(4))]
    assert found == [
        (day(1), "Retention of logs", "from 30 days to 90 days, in 1 account."),
        (day(2), "Retention of logs", "from 90 days to 5 days, in 1 account."),
    ]
    # Of another's account nothing is shown.
    assert query.list_parameter_changes(scope.of_account(theirs.pk), day(0), day(4)) == []
    titles = [one.title for one in query.list_chart_events(scope, day(0), day(4)) if one.kind == "parameter"]
    assert titles[0] == "Retention of logs changed: from 30 days to 90 days, in 1 account."


def test_the_values_of_the_first_sweep_are_no_change() -> None:
    acme = organization()
    change(acme, 90)
    ours = account(acme)
    sweep(ours, day(0), [bucket("long", Days=60)], is_judged=False)
    sweep(ours, day(1), [bucket("long", Days=60)], is_judged=False)
    assert [reason for *_, reason, _ in episodes()] == ["found"]
    assert [(one.first_seen, one.before, one.values) for one in AccountParameters.objects.all()] == [
        (day(0), None, {"log_days": 90})
    ]
    assert query.list_parameter_changes(Scope.of(user(), acme, as_of=day(2)), day(-1), day(2)) == []


def test_an_account_that_moves_is_judged_by_its_new_unit() -> None:
    acme = organization()
    ours = account(acme)
    prod = unit(acme, "prod")
    change(acme, 90, prod)
    sweep(ours, day(0), [bucket("long", Days=60)], is_judged=False)
    AwsAccount.objects.filter(pk=ours.pk).update(unit=prod)
    sweep(AwsAccount.objects.get(pk=ours.pk), day(1), [bucket("long", Days=60)], is_judged=False)
    assert [reason for *_, reason, _ in episodes()] == ["parameter"]


def test_what_was_unseen_while_the_value_changed_was_not_fixed() -> None:
    acme = organization()
    ours = account(acme)
    short = [bucket("short", Days=7)]
    sweep(ours, day(0), short, is_judged=False)
    sweep(ours, day(1), [], [gap(BUCKET)], is_judged=False)
    change(acme, 5)
    sweep(ours, day(2), [], [gap(BUCKET)], is_judged=False)
    sweep(ours, day(3), short, is_judged=False)
    assert [reasons for *_, reasons in episodes()] == ["parameter"]


def test_a_value_that_changes_nothing_else_does_not_make_other_checks_reread() -> None:
    """A fix in the sweep of the change is one, where its check reads no parameter."""
    acme = organization()
    ours = account(acme)
    sweep(ours, day(0), [bucket("open", Days=60, Public=True)], is_judged=False)
    change(acme, 90)
    sweep(ours, day(1), [bucket("open", Days=60)], is_judged=False)
    closed = FindingRecord.objects.get(check_id="bucket_private")
    assert closed.close_reason == "changed"


def test_without_any_setting_the_values_cost_at_most_one_query(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    acme = organization()
    ours = account(acme, unit=unit(acme, "prod"))
    ours = AwsAccount.objects.get(pk=ours.pk)
    with django_assert_max_num_queries(1):
        assert load_values(ours) == {}
