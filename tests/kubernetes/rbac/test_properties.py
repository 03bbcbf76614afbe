"""What holds for any cluster: missing lists never change an answer but to unknown."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from posture.kubernetes.rbac.chains import Escalation
from posture.kubernetes.rbac.graph import RBAC_KINDS, UnreadLists, build
from tests.kubernetes.rbac.objects import RBAC, account, binding, deployment, role, rule

SPACES = ("a", "b")
ACCOUNTS = ("x", "y")
SUBJECTS = (*(f"{space}/{name}" for space in SPACES for name in ACCOUNTS), "user:jo", "group:dev")
RULES = (
    rule("*", "*", "*"),
    rule("clusterroles", "bind", RBAC),
    rule("clusterrolebindings rolebindings", "create", RBAC),
    rule("clusterroles roles", "escalate update", RBAC),
    rule("users groups", "impersonate"),
    rule("serviceaccounts", "impersonate", names="x"),
    rule("serviceaccounts/token", "create"),
    rule("secrets", "get"),
    rule("secrets", "create"),
    rule("pods", "create"),
    rule("pods/exec", "create"),
    rule("deployments", "update", "apps", names="d"),
    rule("nodes/proxy", "get"),
    rule("pods", "get"),
)
Objects = list[dict[str, Any]]


@st.composite
def clusters(draw: st.DrawFn) -> Objects:
    """Draw roles, bindings, accounts and workloads."""
    rules = st.lists(st.sampled_from(RULES), min_size=1, max_size=2)
    roles = [role(f"r{at}", *draw(rules)) for at in range(draw(st.integers(1, 3)))]
    roles += [role("own", *draw(rules), namespace=space) for space in SPACES if draw(st.booleans())]
    objects: Objects = list(roles)
    for at in range(draw(st.integers(1, 4))):
        chosen = draw(st.sampled_from(roles))
        namespace = chosen["metadata"].get("namespace", draw(st.sampled_from(("", *SPACES))))
        subjects = draw(st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=2))
        objects.append(
            binding(f"b{at}", chosen["metadata"]["name"], *subjects, namespace=namespace, kind=chosen["kind"])
        )
    objects += [account(space, name) for space in SPACES for name in ACCOUNTS if draw(st.booleans())]
    objects += [deployment(space, "d", "x") for space in SPACES if draw(st.booleans())]
    return objects


KINDS = (*RBAC_KINDS, "ServiceAccount", "Deployment")


@settings(max_examples=300, deadline=None)
@given(objects=clusters(), kinds=st.sets(st.sampled_from(KINDS), min_size=1), space=st.sampled_from(("", *SPACES)))
def test_unread_lists_make_answers_unknown_and_never_wrong(objects: Objects, kinds: set[str], space: str) -> None:
    """A definite answer is the one that all objects give."""
    whole = Escalation(build(objects))

    def is_unread(each: dict[str, Any]) -> bool:
        return each["kind"] in kinds and space in ("", each["metadata"].get("namespace"))

    unread = UnreadLists.of((kind, space) for kind in kinds)
    part = Escalation(build([each for each in objects if not is_unread(each)], unread))
    for subject in part.subjects:
        assert part.is_administrator(subject) in (None, whole.is_administrator(subject)), subject


@settings(max_examples=150, deadline=None)
@given(objects=clusters(), data=st.data())
def test_the_order_of_objects_does_not_matter(objects: Objects, data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(objects))
    one, other = Escalation(build(objects)), Escalation(build(shuffled))
    assert one.chains.keys() == other.chains.keys()
    assert [len(chain) for chain in one.chains.values()] == [len(other.chains[each]) for each in one.chains]
    assert one.cuts == other.cuts


@settings(max_examples=150, deadline=None)
@given(objects=clusters())
def test_removing_a_binding_does_what_its_cut_says(objects: Objects) -> None:
    whole = Escalation(build(objects))
    for cut in whole.cuts:
        namespace, kind, name = cut.binding.split("/", 2)
        left = [
            each
            for each in objects
            if (each["kind"], each["metadata"].get("namespace", "-"), each["metadata"]["name"])
            != (kind, namespace, name)
        ]
        after = Escalation(build(left))
        assert {one for one in whole.chains if one not in after.chains and not whole.is_own(one)} == set(cut.subjects)


@settings(max_examples=150, deadline=None)
@given(objects=clusters(), more=clusters())
def test_more_objects_never_take_power_away(objects: Objects, more: Objects) -> None:
    def key(each: dict[str, Any]) -> tuple[str, str, str]:
        return each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]

    known = {key(each) for each in objects}
    both = [*objects, *(each for each in more if key(each) not in known)]
    assert Escalation(build(objects)).chains.keys() <= Escalation(build(both)).chains.keys()
