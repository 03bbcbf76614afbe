"""The text of objects keeps its lines, and holds no value that is not kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from posture.kubernetes.manifests import read_manifests
from posture.kubernetes.stored import HIDDEN
from posture.kubernetes.text import ObjectText, find_hidden, write_texts

POD = """# who wrote it
---
kind: Pod  # the password is hunter2
metadata: {name: web, annotations: {note: "secret # one"}}
spec:
  containers:
  - name: web
    env:
    - name: A
      value: hunter2
    - name: B
      value: |  # hunter2
        hunter2
          hunter2

    - {name: C, value: 'hunter2
        again'}
    image: x
---
kind: Service
metadata:
  name: b
"""


def without_values(content: Any) -> Any:
    """Return a manifest without environment values, data and notes."""
    if isinstance(content, Mapping):
        return {key: without_values(value) for key, value in content.items() if key not in {"value", "note", "data"}}
    return [without_values(one) for one in content] if isinstance(content, list) else content


def texts(source: str | bytes) -> list[ObjectText]:
    content = source.encode() if isinstance(source, str) else source
    manifests = read_manifests(content, "a.yaml")
    return write_texts(content, manifests, [without_values(one.content) for one in manifests])


def test_values_are_hidden_and_lines_stay() -> None:
    pod, service = texts(POD)
    assert "hunter2" not in pod.text
    assert "secret" not in pod.text
    written, shown = POD.split("\n"), pod.text.split("\n")
    assert (pod.first_line, service.first_line, service.is_rewritten) == (3, 20, False)
    assert shown[4] == written[6] == "  - name: web"
    assert shown[15] == written[17] == "    image: x"
    assert pod.lines["spec.containers[0].image"] == 18
    assert shown[7] == f'      value: "{HIDDEN}"'
    assert service.text == "kind: Service\nmetadata:\n  name: b"


def test_items_of_a_list_are_cut_out() -> None:
    first, second = texts(
        "kind: List\nitems:\n- kind: A\n  data:\n    k: hunter2\n- kind: B # hunter2\n  x: 1\n# hunter2\n"
    )
    assert first.text == f'- kind: A\n  data:\n    k: "{HIDDEN}"'
    assert (second.text, second.first_line) == ("- kind: B # …\n  x: 1", 6)


@pytest.mark.parametrize(
    "source",
    [
        json.dumps({"kind": "List", "items": [{"kind": "A", "data": {"k": "hunter2"}}, {"kind": "B"}]}),
        '{"kind": "A",\t"data": {"k": "hunter2"}}',
        f"kind: A\nx: {'y' * 1001}\ndata: {{k: hunter2}}\n",
        "\ufeffkind: A\ndata: {k: hunter2}\n",
        "kind: A\ndata: {k: hunter2}\nx: \u2028 1\n".encode("utf-16"),
        "kind: A\n? data\n: {k: hunter2}\n",
    ],
)
def test_what_has_no_lines_of_its_own_is_written_out_again(source: str | bytes) -> None:
    first, *_ = texts(source)
    assert "hunter2" not in first.text
    assert '"kind": "A"' in first.text or "kind: A" in first.text
    if first.is_rewritten:
        assert first.lines["kind"] == 2


def test_a_line_break_that_only_yaml_knows_moves_nothing() -> None:
    [one] = texts("kind: A\nx: 'a\u2028b'\ny: '\u0085'\ndata:\n  k: hunter2\nz: 1\r\n")
    assert "hunter2" not in one.text


SCALARS = st.one_of(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12), st.integers())
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner)
)


@given(st.dictionaries(st.sampled_from(["value", "x", "note"]), VALUES, min_size=1), st.sampled_from(["flow", "block"]))
def test_no_value_that_is_not_kept_is_in_any_text(content: dict[str, Any], style: str) -> None:
    secret = "hunter-2-" * 3
    whole = {"kind": "A", **content, "data": {"k": secret, "l": [secret, {"m": f"{secret}\n{secret}\n"}]}}
    source = yaml.safe_dump(whole, allow_unicode=True, default_flow_style=style == "flow", width=40)
    [one] = texts(source)
    assert "hunter-2" not in one.text
    hidden = set(find_hidden(whole, without_values(whole)))
    assert hidden >= {"data.k", "data.l[0]"}
