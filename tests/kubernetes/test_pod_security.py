"""The Pod Security Standards agree with Kubernetes's own fixtures.

Verdict, and the control that is named.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import yaml

from posture.kubernetes.pod_security import LATEST, PodSecurityLevel, Violation, level_of, violations
from posture.kubernetes.pods import Pod, pod_of

FIXTURES = Path(__file__).parent / "data" / "pod-security-admission-testdata.tar.xz"
"""From kubernetes/pod-security-admission, test/testdata; see NOTICE."""
VERSIONS = range(LATEST + 1)


@dataclass(frozen=True)
class Fixture:
    """A pod of Kubernetes's own tests."""

    level: PodSecurityLevel
    version: int
    passes: bool
    control: str
    """Which control it is about, as the file's name spells it."""
    pod: Pod


@cache
def fixtures() -> list[Fixture]:
    return list(read())


def read() -> Iterator[Fixture]:
    with tarfile.open(FIXTURES) as archive:
        for member in archive:
            parts = Path(member.name).parts
            if not member.name.endswith(".yaml") or len(parts) < 4:
                continue
            level, version, verdict, file = parts[-4:]
            content = archive.extractfile(member)
            assert content is not None
            pod = pod_of(yaml.load(content, yaml.CSafeLoader))
            assert pod is not None
            name = file.removesuffix(".yaml").rstrip("0123456789")
            yield Fixture(PodSecurityLevel(level), int(version.removeprefix("v1.")), verdict == "pass", name, pod)


def names(found: list[Violation]) -> set[str]:
    """Return controls as the fixtures spell them."""
    return {family(each.control) for each in found}


def family(control: str) -> str:
    name = control.replace("_", "").removesuffix("baseline").removesuffix("restricted")
    return {"hostpathvolumes": "restrictedvolumes"}.get(name, name)


def test_all_fixtures_are_there() -> None:
    assert len(fixtures()) == 4537
    assert {each.version for each in fixtures()} == set(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_verdict_and_control_are_kubernetes_own(version: int) -> None:
    wrong = []
    for each in (one for one in fixtures() if one.version == version):
        found = names(violations(each.pod, each.level, version))
        if each.passes != (not found) or not (each.passes or family(each.control) in found):
            wrong.append((each, found))
    assert wrong == []


def test_the_level_of_a_pod_is_the_strictest_that_it_reaches() -> None:
    newest = [each for each in fixtures() if each.version == LATEST]
    assert {level_of(each.pod) for each in newest if each.passes and each.level is PodSecurityLevel.RESTRICTED} == {
        PodSecurityLevel.RESTRICTED
    }
    assert {level_of(each.pod) for each in newest if not each.passes and each.level is PodSecurityLevel.BASELINE} == {
        None
    }


def test_odd_shapes_break_nothing() -> None:
    odd = {
        "kind": "Pod",
        "metadata": [],
        "spec": {"containers": ["x", {"securityContext": 3, "ports": {}}], "volumes": 7},
    }
    pod = pod_of(odd)
    assert pod is not None
    assert violations(pod, PodSecurityLevel.RESTRICTED)
    assert pod_of({"kind": ["Pod"]}) is None
