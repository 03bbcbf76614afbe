"""Doors and guards are what checks find; what is unread is never shut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.models import AwsAccount
from posture.checks import all_checks
from posture.core.resource import Resource
from posture.history.models import FindingRecord, Triage
from posture.history.query import FactRecord
from posture.history.scope import Scope
from posture.pages.entry import guards, kinds, queries
from posture.pages.entry.doors import Doors
from posture.pages.entry.guards import DoorState, Guard, GuardState
from posture.pages.entry.kinds import DoorKind
from tests.entry import resources as make
from tests.web.world import World

pytestmark = pytest.mark.django_db


def doors(world: World) -> Doors:
    """Return the doors as the owner sees them."""
    return queries.load_doors(Scope.of(world.owner, world.organization))


def states(world: World, *some: Resource) -> dict[str, DoorState]:
    """Record resources and return the state of each door by name."""
    make.record(world.ours, *some)
    return {one.name: one.state for one in doors(world).doors}


def test_every_check_that_is_named_exists_and_judges_its_type() -> None:
    for kind, by_guard in guards.CHECKS.items():
        for checks in by_guard.values():
            assert [all_checks()[one].resource_type for one in checks] == [kind] * len(checks)
    for kind, check in kinds.MADE_BY_CHECK.items():
        assert all_checks()[check].resource_type == kind
    assert {all_checks()[one].resource_type for one in guards.GROUP_CHECKS} == {make.GROUP}
    assert kinds.MADE_BY_CHECK.keys() | kinds.MADE_BY_CONFIG.keys() == kinds.KIND_OF.keys()


def test_what_is_inside_is_no_door(world: World) -> None:
    internal = make.balancer("inside")
    inside = replace(internal, raw_config={**internal.raw_config, "Scheme": "internal"})
    some = (inside, make.function("quiet", None), make.instance(is_public=False))
    assert states(world, *some) == {}
    assert not doors(world).is_partial


def test_a_door_with_every_guard_is_as_meant(world: World) -> None:
    until = f"{timezone.now().year + 2}-01-01T00:00:00Z"
    assert states(world, make.balancer(), make.certificate(until)) == {"shop": DoorState.MEANT}
    (door,) = doors(world).doors
    assert {guard: door.guard_state(guard) for guard in Guard} == {
        Guard.ENCRYPTION: GuardState.YES,
        Guard.CERTIFICATE: GuardState.YES,
        Guard.CALLER: GuardState.NONE,
        Guard.SOURCE: GuardState.NONE,
        Guard.WAF: GuardState.YES,
        Guard.LOG: GuardState.YES,
    }
    assert (door.details.ports, door.details.behind) == ("HTTPS/443", ("shop-web",))


def test_one_failing_guard_makes_it_weak_and_old_tls_is_old(world: World) -> None:
    until = f"{timezone.now().year + 2}-01-01T00:00:00Z"
    some = (make.balancer("bare", waf=False), make.balancer("old", tls="ELBSecurityPolicy-2016-08"))
    assert states(world, *some, make.certificate(until)) == {"bare": DoorState.WEAK, "old": DoorState.WEAK}
    found = {one.name: one for one in doors(world).doors}
    assert found["bare"].guard_state(Guard.WAF) is GuardState.NO
    assert found["old"].guard_state(Guard.ENCRYPTION) is GuardState.OLD


def test_a_function_url_without_authentication_lets_anyone_in(world: World) -> None:
    some = (make.function("open"), make.function("asks", "AWS_IAM"))
    assert states(world, *some) == {"open": DoorState.OPEN, "asks": DoorState.MEANT}


def test_an_accepted_risk_is_meant_for_all(world: World) -> None:
    make.record(world.ours, make.function("open"))
    finding = FindingRecord.objects.get(check_id="lambda_function_url_authenticated")
    Triage.objects.create(
        finding_id=finding.finding_id, account=world.ours, state=Triage.State.ACCEPTED, decided_at=make.AT
    )
    (door,) = doors(world).doors
    assert (door.state, door.guard_state(Guard.CALLER)) == (DoorState.MEANT, GuardState.ACCEPTED)


def test_a_url_that_could_not_be_read_is_no_door_and_no_pass(world: World) -> None:
    make.record(world.ours, make.function("hidden", make.DENIED))
    found = doors(world)
    assert (found.doors, found.unlisted) == ([], {(world.ours.pk, DoorKind.FUNCTION): 1})
    assert found.is_partial


def test_functions_are_not_read_again_until_one_changes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    read_doors = queries.read_doors

    def note(account_pk: int, records: Sequence[FactRecord]) -> queries.DoorFacts:
        read.append(len(records))
        return read_doors(account_pk, records)

    monkeypatch.setattr(queries, "read_doors", note)
    make.record(world.ours, make.function("quiet", None), make.function("shop"))
    assert [one.name for one in doors(world).doors] == ["shop"]
    make.record(world.ours, make.function("quiet", None), make.function("shop"), make.balancer("front"), day=1)
    assert sorted(one.name for one in doors(world).doors) == ["front", "shop"]
    make.record(
        world.ours, make.function("quiet", None), make.function("shop"), make.balancer("front"), make.group(), day=2
    )
    assert sorted(one.name for one in doors(world).doors) == ["front", "shop"]
    assert read == [2, 3]
    make.record(world.ours, make.function("quiet"), make.function("shop"), make.balancer("front"), day=3)
    assert sorted(one.name for one in doors(world).doors) == ["front", "quiet", "shop"]
    assert read == [2, 3, 3]


def test_an_address_is_weak_and_open_where_its_group_opens_a_port(world: World) -> None:
    assert states(world, make.instance(), make.group(is_open=False)) == {"jump": DoorState.WEAK}
    make.record(world.ours, make.instance(), make.group(), day=1)
    (door,) = doors(world).doors
    assert door.state is DoorState.OPEN
    deciding = door.guard(Guard.SOURCE).decisive
    assert deciding is not None
    assert deciding.check_id == "ec2_security_group_admin_ports_closed_to_ipv4"


def test_an_api_has_the_guards_of_its_stages(world: World) -> None:
    some = (make.http_api(authorization="JWT"), make.http_stage(logs=False))
    assert states(world, *some) == {"refunds": DoorState.WEAK}
    (door,) = doors(world).doors
    assert door.guard_state(Guard.LOG) is GuardState.NO
    assert door.guard_state(Guard.CALLER) is GuardState.YES


def test_stages_are_those_of_the_same_account(world: World) -> None:
    """The ARN of an API names no account: two accounts may have the same one."""
    make.record(world.ours, make.http_api(authorization="JWT"), make.http_stage())
    make.record(world.theirs, make.http_api(authorization="JWT"), make.http_stage(logs=False))
    found = queries.load_doors(Scope.of(world.executive, world.organization)).doors
    assert {one.account_pk: one.state for one in found} == {
        world.ours.pk: DoorState.MEANT,
        world.theirs.pk: DoorState.WEAK,
    }


def test_stages_that_could_not_be_listed_are_not_seen(world: World) -> None:
    make.record(world.ours, make.http_api(authorization="JWT"), gaps=[make.gap(kinds.HTTP_STAGE)])
    (door,) = doors(world).doors
    assert (door.state, door.guard_state(Guard.LOG)) == (DoorState.UNSEEN, GuardState.UNSEEN)


def test_a_listing_that_was_refused_is_said_and_hides_no_known_door(world: World) -> None:
    make.record(world.ours, make.balancer())
    make.record(world.ours, gaps=[make.gap(kinds.BALANCER)], day=1)
    found = doors(world)
    assert [one.state for one in found.doors] == [DoorState.UNSEEN]
    assert found.unlisted == {(world.ours.pk, DoorKind.BALANCER): 1}
    assert found.by_guard[Guard.WAF] == {GuardState.UNSEEN: 1}


def test_doors_of_a_suspended_account_are_as_last_seen(world: World) -> None:
    make.record(world.ours, make.function("open"))
    AwsAccount.objects.filter(pk=world.ours.pk).update(state=AwsAccount.State.SUSPENDED)
    assert [(one.state, one.is_unseen) for one in doors(world).doors] == [(DoorState.UNSEEN, True)]


def test_a_certificate_that_ends_makes_its_door_weak(world: World) -> None:
    assert states(world, make.balancer(), make.certificate("2026-05-20T00:00:00Z")) == {"shop": DoorState.WEAK}
    found = doors(world)
    assert [one.name for one in found.due_certificates] == ["shop.example"]
    assert found.doors[0].ends_soon


def test_a_certificate_that_is_not_known_is_not_seen(world: World) -> None:
    assert states(world, make.balancer()) == {"shop": DoorState.UNSEEN}


def test_guards_add_up_to_all_doors(world: World) -> None:
    make.record(world.ours, make.balancer(), make.function("open"), make.instance(), make.http_api(), make.http_stage())
    found = doors(world)
    assert len(found.doors) == 4
    assert {guard: counts.total() for guard, counts in found.by_guard.items()} == dict.fromkeys(Guard, 4)


def test_as_of_a_date_the_doors_are_those_of_then(world: World) -> None:
    make.record(world.ours, make.function("open"))
    make.record(world.ours, make.function("open", "AWS_IAM"), day=2)
    then = Scope.of(world.owner, world.organization, as_of=make.AT.replace(day=make.AT.day + 1))
    assert [one.state for one in queries.load_doors(then).doors] == [DoorState.OPEN]
    assert [one.state for one in doors(world).doors] == [DoorState.MEANT]
