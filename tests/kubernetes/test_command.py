"""`plumbline manifests` prints what fails, and ends by its severity."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from posture.core.clock import Clock
from posture.core.outcome import Outcome, Status
from posture.kubernetes import command
from posture.kubernetes.manifests import Manifest
from posture.kubernetes.objects import Finding, all_checks
from posture.sweep.command import plumbline

PRIVILEGED = """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: "w\\e[31m"
    image: registry/web:1.0@sha256:0
    securityContext:
      privileged: true
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "web.yaml").write_text(PRIVILEGED)
    return tmp_path


def ran(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = plumbline(["manifests", *arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_text_names_file_line_check_and_fix(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ran(str(folder), capsys=capsys)
    assert code == 1
    assert "web.yaml:10: Critical: Privileged container [kubernetes_workload_not_privileged]" in out
    assert "Remove `securityContext.privileged: true`" in out
    assert "workloads reach: 1 none." in out
    assert "\x1b" not in out, "a terminal would act on it"


@pytest.mark.parametrize(("limit", "code"), [("critical", 1), ("low", 1), ("never", 0)])
def test_it_ends_by_severity(folder: Path, limit: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(str(folder), "--fail-on", limit, capsys=capsys)[0] == code


def test_it_passes_what_only_fails_lightly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text("kind: Service\nmetadata: {name: a}\nspec: {type: NodePort}\n")
    assert ran(str(tmp_path), capsys=capsys)[0] == 0
    assert ran(str(tmp_path), "--fail-on", "low", capsys=capsys)[0] == 1


def test_json_and_sarif_say_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report: dict[str, Any] = json.loads(ran(str(folder), "--format", "json", capsys=capsys)[1])
    sarif: dict[str, Any] = json.loads(ran(str(folder), "--format", "sarif", capsys=capsys)[1])
    [run] = sarif["runs"]
    assert report["workloads"][0]["pod_security"] == "none"
    assert [(one["check"], one["file"], one["line"]) for one in report["findings"]] == [
        (
            one["ruleId"],
            one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            one["locations"][0]["physicalLocation"]["region"]["startLine"],
        )
        for one in run["results"]
    ]
    assert {one["ruleId"] for one in run["results"]} == {one["id"] for one in run["tool"]["driver"]["rules"]}


def test_the_version_decides_the_level(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    probed = PRIVILEGED.replace("privileged: true", "privileged: false") + (
        "    livenessProbe: {httpGet: {host: other.example, port: 80}}\n"
    )
    (tmp_path / "a.yaml").write_text(probed)
    assert "1 baseline" in ran(str(tmp_path), "--kubernetes-version", "1.33", capsys=capsys)[1]
    assert "1 none" in ran(str(tmp_path), "--kubernetes-version", "1.34", capsys=capsys)[1]
    (tmp_path / "a.yaml").write_text(PRIVILEGED.replace("privileged: true", "runAsNonRoot: true"))
    found = {}
    for version in ("1.7", "1.37"):
        out = ran(str(tmp_path), "--kubernetes-version", version, "--format", "json", capsys=capsys)[1]
        found[version] = {one["check"] for one in json.loads(out)["findings"]}
    assert found["1.37"] - found["1.7"] >= {"kubernetes_workload_no_escalation"}, "a rule since 1.8"
    with pytest.raises(SystemExit):
        plumbline(["manifests", str(tmp_path), "--kubernetes-version", "latest"])
    assert "write it as 1." in capsys.readouterr().err


def test_what_cannot_be_read_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran(str(tmp_path), capsys=capsys)[0] == 2
    (tmp_path / "a.yaml").write_text("kind: A\nkind: B\n")
    code, _, error = ran(str(tmp_path), capsys=capsys)
    assert code == 2
    assert "twice" in error
    assert ran(str(tmp_path / "missing"), capsys=capsys)[0] == 2


def test_without_pyyaml_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert plumbline(["manifests", "a.yaml"]) == 2
    assert "pip install 'plumbline[kubernetes]'" in capsys.readouterr().err


def test_manage_py_runs_the_same(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("manifests", str(folder))
    assert ended.value.code == 1
    assert "kubernetes_workload_not_privileged" in capsys.readouterr().out


def test_errors_and_addresses_hold_nothing_to_act_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yaml").write_text('kind: A\n"\\e[31mx": 1\n"\\e[31mx": 1\n')
    code, _, err = ran(str(tmp_path), capsys=capsys)
    assert (code, "twice in one object" in err, "\x1b" in err) == (2, True, False)
    (tmp_path / "a.yaml").unlink()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("javascript:alert(1)#.yaml", PRIVILEGED)
    report = json.loads(ran(str(tmp_path / "a.zip"), "--format", "sarif", capsys=capsys)[1])
    places = {
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in report["runs"][0]["results"]
    }
    assert places == {"javascript%3Aalert%281%29%23.yaml"}


def test_what_breaks_a_check_does_not_pass(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(manifests: list[Manifest], _clock: Clock, _version: int) -> list[Finding]:
        check = all_checks()["kubernetes_workload_not_privileged"]
        return [Finding(check, one, Outcome(Status.UNKNOWN, "Unknown: broken.")) for one in manifests]

    monkeypatch.setattr(command, "judge", judge)
    code, out, err = ran(str(folder), capsys=capsys)
    assert (code, err) == (1, "web.yaml:2: not judged by kubernetes_workload_not_privileged: Unknown: broken.\n")
    assert "1 objects, nothing failing, 1 not judged." in out
    report = json.loads(ran(str(folder), "--format", "json", capsys=capsys)[1])
    assert report["findings"] == []
    [unjudged] = report["not_judged"]
    assert (unjudged["file"], unjudged["line"], unjudged["reason"]) == ("web.yaml", 2, "Unknown: broken.")
    [sarif] = json.loads(ran(str(folder), "--format", "sarif", capsys=capsys)[1])["runs"]
    [result] = sarif["results"]
    assert (result["kind"], result["level"], result["ruleId"]) == ("review", "none", unjudged["check"])
    assert "Unknown: broken." in result["message"]["text"]
    assert [rule["id"] for rule in sarif["tool"]["driver"]["rules"]] == [unjudged["check"]]


@pytest.mark.timeout(60)
def test_many_containers_take_no_square_of_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "kind: Pod\nspec:\n  containers:\n" + "".join(f"  - {{name: a{at}}}\n" for at in range(20_000))
    (tmp_path / "a.yaml").write_text(text)
    assert "containers[0]" not in ran(str(tmp_path), capsys=capsys)[1]


@pytest.mark.timeout(60)
def test_many_workloads_and_policies_take_no_square_of_time(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pod = "- {kind: Pod, metadata: {labels: {app: web, at: a%d}}, spec: {containers: [{name: a}]}}\n"
    policy = "- {kind: NetworkPolicy, spec: {podSelector: {matchLabels: {at: b%d}}}}\n"
    for name, item in (("a.yaml", pod), ("b.yaml", policy)):
        (tmp_path / name).write_text("kind: List\nitems:\n" + "".join(item % at for at in range(4_000)))
    assert "8000 objects" in ran(str(tmp_path), capsys=capsys)[1]
