"""Policy variables: how they are written, and what hostile ones cost."""

from __future__ import annotations

import time

import pytest

from posture.core.iam.variables import Variable, template


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${aws:UserName}", Variable("aws:username")),
        ("${ aws:UserName , 'a, b' }", Variable("aws:username", "a, b")),
        ("${aws:UserName,''}", Variable("aws:username", "")),
        ("${aws:UserName, '}", Variable("aws:username, '")),
        ("${aws:UserName, 'a'b'}", Variable("aws:username, 'a'b'")),
        ("${aws:UserName, a}", Variable("aws:username, a")),
        ("${, 'a'}", Variable(", 'a'")),
    ],
)
def test_variables_have_a_key_and_perhaps_a_default(text: str, expected: Variable) -> None:
    found = template(text)
    assert found is not None
    assert found.variables == (expected,)


def test_a_variable_of_spaces_takes_no_cubic_time() -> None:
    began = time.process_time()
    found = template("${" + " " * 20_000 + "}")
    assert found is not None
    assert time.process_time() - began < 1
