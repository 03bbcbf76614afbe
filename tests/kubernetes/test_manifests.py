"""Manifests are read as kubectl reads them.

What is not safe to read is refused with a sentence.
"""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture.kubernetes.manifests import (
    BYTES_MAX,
    DEPTH_MAX,
    DOCUMENTS_MAX,
    EVENTS_MAX,
    ManifestError,
    read_manifests,
    scalar,
)

POD = b"""# first
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  containers:
  - name: web
    image: "registry/web:1.0"
    ports:
    - containerPort: 8080
"""


def test_each_field_knows_its_line() -> None:
    [pod] = read_manifests(POD, "web.yaml")
    assert (pod.kind, pod.name, pod.namespace, pod.document) == ("Pod", "web", "shop", 1)
    assert pod.line("kind") == 3
    assert pod.line("metadata.name") == 4
    assert pod.line("spec.containers[0].ports[0].containerPort") == 10
    assert pod.line("spec.containers[0].securityContext.privileged") == 7, "the nearest that is written"
    assert pod.line("status.phase") == 2


def test_documents_and_lists_are_taken_apart() -> None:
    text = POD + b"---\n---\nkind: List\nitems:\n- kind: Secret\n  metadata:\n    name: a\n- kind: Secret\n"
    pod, first, second = read_manifests(text, "all.yaml")
    assert [one.kind for one in (pod, first, second)] == ["Pod", "Secret", "Secret"]
    assert (first.document, first.name, first.line("metadata.name")) == (3, "a", 17)
    assert second.line("kind") == 18


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", False), ("Yes", True), ("on", True), ("true", True), ("12:30:45", "12:30:45"),
        ("2026-12-01", "2026-12-01"),
        ("017", 15), ("0o17", 15), ("0x1F", 31), ("0b101", 5), ("1_000", 1000), ("-7", -7), ("089", 89.0), ("1.5", 1.5),
        ("1e3", 1000.0), ("~", None), ("", None), ("null", None), ("0", 0), (".inf", ".inf"), ("1.4.2", "1.4.2"),
        ("9" * 500, "9" * 500), ("500m", "500m"), ("-", "-"),
    ],
)  # fmt: skip
def test_plain_scalars_are_read_as_kubectl_reads_them(text: str, value: object) -> None:
    assert scalar(text) == value
    assert type(scalar(text)) is type(value)


def test_quoted_scalars_and_tagged_ones_stay_text() -> None:
    [found] = read_manifests(b"kind: A\na: 'no'\nb: \"017\"\nc: !!str yes\nd: |\n  12\n", "a")
    assert found.content == {"kind": "A", "a": "no", "b": "017", "c": "yes", "d": "12\n"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"kind: A\nkind: B", "line 2: it has the key “kind” twice"),
        (b"kind: A\na: &x 1\nb: *x", "line 3: it has an alias"),
        (b"kind: A\na: {<<: {b: 1}}", "merge key"),
        (b"kind: !!python/object/apply:os.system ['true']", "the tag"),
        (b"kind: A\nspec: !Ref x", "the tag"),
        (b"kind: A\n? [x]\n: 1", "a key that is no text"),
        (b"kind: A\nspec: " + b"[" * 99 + b"]" * 99, f"more than {DEPTH_MAX} levels"),
        (b"---\nkind: A\n" * (DOCUMENTS_MAX + 1), f"more than {DOCUMENTS_MAX} documents"),
        (b"kind: A\na: [" + b"1," * EVENTS_MAX + b"1]", f"more than {EVENTS_MAX:,} values"),
        (b"#" * (BYTES_MAX + 1), f"more than {BYTES_MAX:,} bytes"),
        (b"replicas: 3", "no “kind”"),
        (b"- kind: Pod", "no “kind”"),
        (b"kind: List\nitems: [{a: 1}]", "an item of the list has no “kind”"),
        (b"kind: Kustomization\nresources: []", "kustomize build"),
        (b"kind: A\nspec: {{ .Values.spec }}", "helm template"),
        (b"kind: A\n{{- if .Values.on }}\na: 1\n{{- end }}", "helm template"),
        (b"kind: [", "this is no YAML"),
        (b"\xff\xfe\x00kind", "this is no YAML"),
        (b'{"kind":\t"A", "a": {"b": 1, "b": 2}}', "the key “b” twice"),
    ],
)
def test_what_is_not_safe_or_no_manifest_is_refused(text: bytes, says: str) -> None:
    with pytest.raises(ManifestError, match=says.replace("(", r"\(")) as error:
        read_manifests(text, "bad.yaml")
    assert str(error.value).startswith("bad.yaml")
    assert str(error.value).endswith((".", "endless.", "makes of it."))


def test_an_alias_bomb_is_refused_before_it_is_built() -> None:
    lines = [b"kind: A", b"a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [b"a%d: &a%d [%s]" % (at, at, b",".join([b"*a%d" % (at - 1)] * 10)) for at in range(1, 12)]
    with pytest.raises(ManifestError, match="alias"):
        read_manifests(b"\n".join(lines), "bomb.yaml")


@given(st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=12,
))  # fmt: skip
def test_json_is_read_as_json(value: object) -> None:
    content = {"kind": "A", "spec": value}
    for indent in (None, 1, "\t"):
        if '"<<"' in json.dumps(value):
            continue
        [found] = read_manifests(json.dumps(content, indent=indent).encode(), "a.json")
        assert found.content == content


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(text: bytes) -> None:
    with suppress(ManifestError):
        assert all(one.kind for one in read_manifests(b"kind: A\n" + text, "any.yaml"))


@pytest.mark.parametrize("text", ["0b_", "0x_", "0o_", "-0b__", "+0x"])
def test_prefixes_without_digits_are_text(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.timeout(10)
@pytest.mark.parametrize(
    "path", ["data.[", "data[", "a]b", "x[a]]", "metadata.annotations[k.io/x]]", "[" * 10**6, "." * 10**6]
)
def test_every_path_has_a_line(path: str) -> None:
    [found] = read_manifests(b"kind: A\ndata: {}\nmetadata:\n  name: a", "a.yaml")
    assert found.line(path) in {1, 2, 4}


@pytest.mark.timeout(30)
def test_long_lists_are_taken_apart_in_one_pass() -> None:
    found = read_manifests(b"kind: List\nitems:\n" + b"- {kind: A}\n" * 40_000, "a.yaml")
    assert (len(found), found[-1].line("kind")) == (40_000, 40_002)


def test_long_keys_are_not_repeated_for_everything_below() -> None:
    [found] = read_manifests(b"kind: A\n? " + b"k" * 100_000 + b"\n: [" + b"a," * 5_000 + b"a]", "a.yaml")
    assert sum(map(len, found.lines)) < 100_000
    assert found.line("k" * 100_000 + "[3]") == 1, "nothing around it has a line but the document"


NO_YAML = '"odd":"\\ud800"'
"""Half of a character is read by JSON alone."""


@pytest.mark.timeout(10)
def test_a_key_that_is_written_twice_is_found_fast() -> None:
    pairs = ",".join(f'"{at}":1' for at in range(100_000))
    with pytest.raises(ManifestError, match="“99999” is written twice"):
        read_manifests(f'{{"kind":"A",{NO_YAML},{pairs},"99999":1}}'.encode(), "a.json")


@pytest.mark.parametrize(
    ("value", "says"),
    [("[" + "1," * EVENTS_MAX + "1]", "more than 200,000 values"), ("[" * 99 + "]" * 99, "more than 64 levels")],
)
def test_limits_hold_for_json_that_is_no_yaml(value: str, says: str) -> None:
    with pytest.raises(ManifestError, match=says):
        read_manifests(f'{{"kind":"A",{NO_YAML},"a":{value}}}'.encode(), "a.json")
