"""Uploads: read without trust, previewed, recorded whole, and apart from sweeps."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from posture.core.resource import Resource
from posture.history import query
from posture.history.models import AccountSweep, ClosedEpisode, Snapshot, StoredFinding, StoredResource
from posture.history.scope import Scope
from posture.manifests import uploads
from posture.manifests.models import ManifestObject, ManifestSource, ManifestUpload
from posture.manifests.uploads import UploadError
from posture.orchestration.schedule import Scheduler
from posture.web import uploads as request_uploads
from tests.history.world import sweep
from tests.manifests.uploading import FIXED, WEB, an_object, keep, record
from tests.web.story import sweep as finish
from tests.web.story import volume
from tests.web.world import World

PRIVILEGED = "kubernetes_workload_not_privileged"
SECRET = "hunter2hunter2"
HOSTILE = "<script>alert(1)</script>"

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World, client: Client) -> Client:
    client.force_login(world.owner)
    return client


def send(client: Client, *files: tuple[str, bytes], **changed: str) -> Any:
    fields = {"home": "222222222222", "name": "shop-gitops", "version": "latest", **changed}
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return client.post("/manifests/upload/", {**fields, "manifests": sent})


def errors(response: Any) -> str:
    assert response.status_code == 422
    return " ".join(str(error) for found in response.context["form"].errors.values() for error in found)


def open_checks(world: World) -> set[str]:
    return set(query.findings(Scope.of(world.admin)).filter(status="fail").values_list("check_id", flat=True))


def recorded_at(upload: ManifestUpload) -> datetime:
    assert upload.recorded_at is not None
    return upload.recorded_at


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/") + ".yaml", content)
    return file.getvalue()


def test_a_preview_shows_what_fails_and_records_nothing(owner: Client) -> None:
    response = send(owner, ("web.yaml", WEB.encode()))
    page = owner.get(response["Location"])
    assert page.status_code == 200
    text = page.content.decode()
    assert "not recorded yet" in text
    assert "1 secret in the files was skipped" in re.sub(r"\s+", " ", text)
    assert not StoredResource.objects.exists()
    assert page.context["failing"] > 0
    [shown] = [row for row in page.context["table"].paginated_rows if row.record.kind == "Deployment"]
    assert owner.get(f"/manifests/objects/{shown.record.pk}/").status_code == 200


UNSTORABLE = {
    "a NUL": b'kind: ConfigMap\nmetadata: {name: a}\ndata: {x: "\\0b"}\n',
    "a NUL in a key": b'kind: ConfigMap\nmetadata: {name: a, labels: {"x\\0": b}}\n',
    "half a character": b'{"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "\\ud800"}}',
    "half a character in a key": b'{"kind": "ConfigMap", "metadata": {"name": "a", "labels": {"x\\ud800": "b"}}}',
    "half a character in a kind": b'{"kind": "Pod\\ud800", "metadata": {"name": "a"}}',
    "half a character in a container": b"""{"kind": "Pod", "metadata": {"name": "a"}, "spec": {
        "containers": [{"name": "\\ud800", "image": "\\ud800", "env": [{"name": "\\ud800", "value": "x"}]}]}}""",
}


@pytest.mark.parametrize("name", UNSTORABLE)
def test_what_cannot_be_stored_never_ends_in_an_error(owner: Client, name: str) -> None:
    sent = send(owner, ("a.json", UNSTORABLE[name]))
    if sent.status_code == 422:
        assert errors(sent)
        return
    upload = ManifestUpload.objects.get()
    assert owner.get(sent["Location"]).status_code == 200
    for one in upload.contents.all():
        assert owner.get(f"/manifests/objects/{one.pk}/").status_code == 200
    assert owner.post(f"/manifests/uploads/{upload.pk}/record/").status_code == 302
    assert ManifestUpload.objects.get().state == "recorded"


def tarred(name: str) -> bytes:
    file, content = io.BytesIO(), b"kind: ConfigMap\nmetadata: {name: a}\n"
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


@pytest.mark.parametrize("name", ["\udcff.yaml", "a\u202elmay.yaml", "a\nb.yaml", f"{'a/' * 3000}b.yaml"])
def test_hostile_file_names_are_shown_and_stored_as_plain_text(owner: Client, name: str) -> None:
    sent = send(owner, ("a.tgz", tarred(name)))
    assert sent.status_code == 302
    one = ManifestObject.objects.get()
    assert one.file.isprintable()
    assert len(one.file) <= 1000
    assert owner.get(f"/manifests/objects/{one.pk}/").status_code == 200


def test_recording_opens_findings_and_the_next_upload_resolves_them(world: World, owner: Client) -> None:
    first = record(world.ours, by=world.owner)
    assert PRIVILEGED in open_checks(world)
    assert (first.state, first.added, first.removed) == ("recorded", 2, 0)
    second = keep(world.ours, FIXED.replace("name: settings", "name: other"), world.owner)
    assert (second.added, second.changed, second.removed) == (1, 1, 1)
    uploads.record(second)
    assert PRIVILEGED not in open_checks(world)
    changes = query.changes_between(Scope.of(world.admin, account=world.ours), recorded_at(first), timezone.now())
    for kind, names in (("added", {"other"}), ("removed", {"settings"}), ("changed", {"web"})):
        assert {one.name for one in getattr(changes, kind)} == names, kind
    assert ClosedEpisode.objects.get(check_id=PRIVILEGED).close_reason == "changed"
    assert set(StoredResource.objects.filter(gone_at=None).values_list("name", flat=True)) == {"web", "other"}
    page = owner.get(f"/manifests/{first.source_id}/")
    assert [one.pk for one in page.context["uploads"]] == [second.pk, first.pk]
    assert not ManifestObject.objects.filter(upload=first).exists(), "text is kept for the last upload alone"


def test_a_line_above_an_object_is_no_change(world: World) -> None:
    record(world.ours)
    again = keep(world.ours, f"# one line more\n{WEB}")
    assert (again.added, again.changed, again.removed) == (0, 0, 0)


def test_sweeps_and_uploads_leave_each_other_alone(world: World) -> None:
    swept = volume("vol-1", encrypted=True)
    sweep(world.ours, timezone.now() - timedelta(hours=2), [swept])
    record(world.ours)
    assert StoredResource.objects.get(type="AWS::EC2::Volume").gone_at is None
    assert StoredResource.objects.get(type="AWS::EC2::Volume").unseen_since is None
    for hour in (1, 2, 3):
        sweep(world.ours, timezone.now() + timedelta(hours=hour), [swept])
    assert PRIVILEGED in open_checks(world)
    assert not StoredResource.objects.filter(type__startswith="Kubernetes::").exclude(gone_at=None).exists()


def test_drift_counts_uploads_before_and_after_a_sweep_is_finished(world: World) -> None:
    now = timezone.now()
    finish(world, now - timedelta(hours=3), {world.ours.pk: [volume("vol-1", encrypted=True)]})
    first = record(world.ours)
    second = record(world.ours, FIXED.replace("name: settings", "name: other"))
    since, until = recorded_at(first), recorded_at(second)
    scope = Scope.of(world.admin, world.organization)
    before = query.changes_between(scope, since, until).counts
    assert (before.added, before.removed, before.changed) == (1, 1, 1)
    finish(world, timezone.now(), {world.ours.pk: [volume("vol-1", encrypted=True)]})
    cache.clear()
    after = query.changes_between(Scope.of(world.admin, world.organization), since, until).counts
    assert after == before
    assert before.resolved > 0


def test_an_upload_during_a_sweep_loses_neither(world: World) -> None:
    at = timezone.now()
    snapshot = Snapshot.objects.create(organization=world.organization, as_of=at, trigger="schedule")
    AccountSweep.objects.create(snapshot=snapshot, account=world.ours, state=AccountSweep.State.RUNNING)
    record(world.ours)
    sweep(world.ours, at, [volume("vol-1", encrypted=False)])
    names = set(StoredResource.objects.filter(gone_at=None).values_list("name", flat=True))
    assert names == {"vol-1", "web", "settings"}


def test_two_sources_leave_each_other_alone(world: World) -> None:
    record(world.ours, name="one")
    record(world.ours, name="one-more")
    record(world.ours, FIXED, name="one")
    assert PRIVILEGED in open_checks(world)
    uploads.remove(ManifestSource.objects.get(name="one-more"))
    assert PRIVILEGED not in open_checks(world)
    assert StoredResource.objects.filter(gone_at=None, name="web").count() == 1


def test_nothing_hidden_is_stored_anywhere(world: World) -> None:
    record(world.ours)
    keep(world.ours, name="other")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{SECRET}%"])  # noqa: S608
            assert cursor.fetchone() == (0,), table
    for one in ManifestObject.objects.all():
        assert SECRET not in str(one.content)
        assert "verbose-words" not in str(one.content)


def test_the_page_of_an_object_shows_findings_at_their_lines(world: World, owner: Client) -> None:
    one = an_object(record(world.ours))
    page = owner.get(f"/manifests/objects/{one.pk}/")
    lines = {line.number: line for line in page.context["lines"]}
    note = next(note for note in page.context["notes"] if note.title == "Privileged container")
    assert (note.line, lines[note.line].is_marked) == (14, True)
    assert lines[14].parts == (("          privileged: true", False),)
    assert lines[12].parts == (("          value: ", False), ("hidden", True))
    text = page.content.decode()
    assert f'href="/findings/{note.finding_id}/' in text
    assert 'id="L14"' in text
    assert f'href="/inventory/resource/{page.context["resource"].resource_id}' in text


def test_a_finding_shows_file_document_and_line(world: World, owner: Client) -> None:
    record(world.ours)
    finding = StoredFinding.objects.get(check_id=PRIVILEGED)
    text = re.sub(r"\s+", " ", owner.get(f"/findings/{finding.pk}/").content.decode())
    assert "web.yaml" in text
    assert "document 1, line 14" in text


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.yaml", b"kind: A\nkind: B\n", "a.yaml, document 1, line 2: it has the key “kind” twice"),
        ("a.yaml", b"kind: ConfigMap\n---\nkind: &x A\nmetadata: *x\n", "a.yaml, document 2, line 4"),
        ("a.yaml", b"kind: ConfigMap\ndata: {}\n", "has no name"),
        ("a.yaml", b"kind: ConfigMap\nmetadata: {name: a}\n---\nkind: ConfigMap\nmetadata: {name: a}\n", "already"),
        ("a.yaml", b"kind: {{ .Values.kind }}\n", "helm template"),
        ("a.yaml", b"kind: Kustomization\n", "kustomize build"),
        ("a.zip", zipped(Chart=b"name: x"), "helm template"),
        ("a.zip", zipped(a=b"x" * 5_000_000), "unpacks to far more"),
        ("a.tar.gz", b"\x1f\x8b broken", "cannot be read as a tar archive"),
        ("a.txt", b"kind: A", "is none of"),
        ("a.yaml", b"# nothing\n", "no manifest"),
    ],
)
def test_what_cannot_be_read_is_said_in_the_form(owner: Client, name: str, content: bytes, says: str) -> None:
    response = send(owner, (name, content), name="my-source", version="1.31")
    assert says in errors(response)
    text = response.content.decode()
    assert 'value="my-source"' in text
    assert '<option value="1.31" selected>' in text
    assert not ManifestUpload.objects.exists()


def test_a_chart_is_recognized_in_an_archive_of_folders(owner: Client) -> None:
    response = send(owner, ("a.zip", zipped(chart__Chart=b"name: x", chart__templates__a=b"kind: A")))
    assert "helm template" in errors(response)


def test_too_much_is_dropped_before_it_is_read(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_uploads, "UPLOAD_BYTES_MAX", 700)
    assert "MB together" in errors(send(owner, ("a.yaml", WEB.encode() * 2), name="kept-name"))
    assert "MB together" in errors(send(owner, ("a.yaml", WEB.encode()), ("b.yaml", WEB.encode())))


def test_files_that_no_page_takes_are_dropped(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    complete = request_uploads.BoundedUpload.file_complete

    def file_complete(self: request_uploads.BoundedUpload, size: int) -> Any:
        kept.append(self.field_name)
        return complete(self, size)

    monkeypatch.setattr(request_uploads.BoundedUpload, "file_complete", file_complete)
    owner.post("/profile/", {"file": SimpleUploadedFile("a.yaml", b"x")})
    assert kept == []
    send(owner, ("a.yaml", WEB.encode()))
    assert kept == ["manifests"]


def test_nobody_uploads_for_an_account_of_somebody_else(world: World, owner: Client) -> None:
    assert "you may not upload" in errors(send(owner, ("a.yaml", WEB.encode()), home="333333333333"))
    owner.force_login(world.executive)
    assert send(owner, ("a.yaml", WEB.encode())).status_code == 403


def test_hostile_names_are_text(world: World, owner: Client) -> None:
    text = f'kind: Deployment\nmetadata: {{name: "{HOSTILE}", namespace: "\u202ereversed"}}\n'
    assert "no name that Kubernetes allows" in errors(send(owner, ("a.yaml", text.encode())))
    text = WEB.replace("name: web,", f'name: "{HOSTILE}",')
    response = send(owner, (f"{HOSTILE}.yaml", text.encode()))
    pages = [response["Location"], "/manifests/"]
    upload = ManifestUpload.objects.get()
    pages.append(f"/manifests/objects/{an_object(upload).pk}/")
    uploads.record(upload)
    pages += [f"/manifests/{upload.source_id}/", f"/manifests/objects/{an_object(upload).pk}/"]
    for page in pages:
        assert HOSTILE not in owner.get(page, follow=True).content.decode(), page


def test_a_preview_is_recorded_once_and_not_over_a_newer_upload(world: World) -> None:
    old = keep(world.ours, by=world.owner)
    newer = keep(world.ours, FIXED, by=world.admin)
    uploads.record(newer)
    with pytest.raises(UploadError, match="Another upload"):
        uploads.record(old)
    with pytest.raises(UploadError, match="already"):
        uploads.record(newer)


def test_previews_go_after_a_day(world: World, owner: Client) -> None:
    old = keep(world.ours, by=world.owner, name="old")
    ManifestUpload.objects.filter(pk=old.pk).update(uploaded_at=timezone.now() - timedelta(hours=25))
    fresh = keep(world.ours, by=world.admin, name="new")
    assert set(ManifestSource.objects.values_list("name", flat=True)) == {"new"}
    ManifestUpload.objects.filter(pk=fresh.pk).update(uploaded_at=timezone.now() - timedelta(hours=25))
    cache.clear()
    Scheduler().drop_old_previews()
    assert not ManifestSource.objects.exists()


def test_a_preview_that_is_not_a_day_old_stays(world: World) -> None:
    keep(world.ours, by=world.admin, name="new")
    cache.clear()
    Scheduler().drop_old_previews()
    assert set(ManifestSource.objects.values_list("name", flat=True)) == {"new"}
    assert ManifestUpload.objects.filter(state="preview").exists()


def test_a_discarded_preview_leaves_nothing(world: World, owner: Client) -> None:
    upload = keep(world.ours, by=world.owner)
    owner.post(f"/manifests/uploads/{upload.pk}/discard/")
    assert not ManifestSource.objects.exists()
    assert not ManifestObject.objects.exists()


def test_removing_a_source_records_its_objects_as_deleted(world: World, owner: Client) -> None:
    upload = record(world.ours)
    owner.post(f"/manifests/{upload.source_id}/remove/")
    assert open_checks(world) == set()
    assert ClosedEpisode.objects.get(check_id=PRIVILEGED).close_reason == "deleted"
    assert not ManifestSource.objects.exists()


def test_the_form_begins_with_the_source_that_is_uploaded_again(world: World, owner: Client) -> None:
    upload = record(world.ours)
    text = owner.get(f"/manifests/upload/?source={upload.source_id}").content.decode()
    assert 'value="shop-gitops"' in text
    assert '<option value="222222222222" selected>' in text
    theirs = record(world.theirs, name="theirs")
    assert 'value="theirs"' not in owner.get(f"/manifests/upload/?source={theirs.source_id}").content.decode()


def test_the_version_of_the_cluster_decides_the_level(world: World, owner: Client) -> None:
    arn = "arn:aws:eks:eu-central-1:222222222222:cluster/shop"
    cluster = Resource("AWS::EKS::Cluster", arn, "222222222222", "eu-central-1", "shop", {"version": "1.33"})
    unread = replace(cluster, arn=f"{arn}-2", name="shop-2", raw_config={})
    sweep(world.ours, timezone.now() - timedelta(hours=1), [cluster, unread])
    probed = WEB.replace("privileged: true", "{}").replace(
        "image:", "livenessProbe: {httpGet: {host: a.b}}\n        image:"
    )
    probed = probed.replace("securityContext:\n          {}", "tty: true")
    assert send(owner, ("a.yaml", probed.encode()), home=arn, version="cluster", name="probed").status_code == 302
    assert ManifestUpload.objects.get().levels == {"baseline": 1}, "hosts of probes are judged from 1.34 on"
    ManifestSource.objects.all().delete()
    sysctl = "securityContext: {sysctls: [{name: net.ipv4.tcp_rmem, value: '1'}]}\n      containers:"
    tuned = FIXED.replace("containers:", sysctl)
    for version, is_allowed in (("1.31", False), ("1.32", True)):
        send(owner, ("a.yaml", tuned.encode()), version=version, name="tuned")
        uploads.record(ManifestUpload.objects.get(source__name="tuned", state="preview"))
        assert ("kubernetes_workload_safe_sysctls" not in open_checks(world)) == is_allowed, version
    ManifestSource.objects.all().delete()
    assert "could not be read" in errors(send(owner, ("a.yaml", WEB.encode()), home=unread.arn, version="cluster"))
    assert "no cluster" in errors(send(owner, ("a.yaml", WEB.encode()), version="cluster"))
    assert send(owner, ("a.yaml", WEB.encode()), home=arn).status_code == 302
    source = ManifestSource.objects.get()
    assert source.cluster_arn == arn
    uploads.record(source.uploads.get())
    assert "belongs to the cluster" in errors(send(owner, ("a.yaml", WEB.encode())))


def test_the_command_records_as_the_form_does(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "web.yaml").write_text(WEB)
    options = ["--account", "222222222222", "--source", "shop-gitops", "--fail-on", "never"]
    call_command("manifests", str(tmp_path), *options)
    assert "Recorded 2 objects of shop-gitops: 2 added" in capsys.readouterr().err
    (tmp_path / "web.yaml").write_text(FIXED)
    call_command("manifests", str(tmp_path), *options)
    assert re.search(r"0 added, 1 changed, 0 removed; 0 findings opened, [1-9]\d* resolved", capsys.readouterr().err)
    source = ManifestSource.objects.get()
    assert [one.uploaded_by_name for one in source.uploads.all()] == ["the command line"] * 2


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--source", "a"], "both --account"),
        (["--account", "999999999999", "--source", "a"], "No account"),
        (["--account", "222222222222", "--source", "A b"], "lower-case"),
        (["--account", "222222222222", "--source", "a", "--cluster", "arn:aws:eks:e:1:cluster/x"], "No sweep found"),
        (["--account", "222222222222", "--source", "a", "--cluster", "x"], "not an ARN"),
    ],
)
def test_the_command_refuses_what_it_cannot_record(world: World, tmp_path: Path, options: list[str], says: str) -> None:
    (tmp_path / "web.yaml").write_text(WEB)
    with pytest.raises(CommandError, match=says):
        call_command("manifests", str(tmp_path), "--fail-on", "never", *options)
    assert not ManifestSource.objects.exists()
