"""Parameters of checks: what they accept, and whose value counts."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from posture.checks import all_checks, all_parameters, checks_by_parameter, own_values, parameters_of, read_values
from posture.core.parameters import Kind, Parameter, ParameterError, days, ports, using, watched, words
from posture.sweep import command

LIMIT = days("limit", "Limit", "A limit.", default=45, maximum=100)
PORTS = ports("ports", "Ports", "Some ports.", default=(3389, 22))
ACCOUNTS = words(Kind.ACCOUNT_IDS, "accounts", "Accounts", "Some accounts.")
REGIONS = words(Kind.REGIONS, "regions", "Regions", "Some regions.")
KEYS = words(Kind.TAG_KEYS, "keys", "Keys", "Some keys.", default=("owner",), minimum=1)
NUMBER = re.compile(r"\b(\d+|one|two|three|seven|eight|thirty|ninety) (days?|weeks?|characters)\b|\bevery day\b")
PARAMETERS = [pytest.param(one, id=name) for name, one in all_parameters().items()]


@pytest.mark.parametrize(
    ("parameter", "text", "value"),
    [
        (LIMIT, " 30 ", 30),
        (PORTS, "3389, 22\n8022 22", (22, 3389, 8022)),
        (ACCOUNTS, "1111-2222-3333, 444455556666", ("111122223333", "444455556666")),
        (ACCOUNTS, "", ()),
        (REGIONS, "eu-central-1 us-gov-west-1", ("eu-central-1", "us-gov-west-1")),
        (KEYS, "cost center, owner\ndata:class", ("cost center", "owner", "data:class")),
    ],
)
def test_what_a_person_types_is_read(parameter: Parameter[int], text: str, value: object) -> None:
    assert parameter.parse(text) == value
    assert parameter.parse(parameter.write(value)) == value


@pytest.mark.parametrize(
    ("parameter", "text", "says"),
    [
        (LIMIT, "", "no whole number"),
        (LIMIT, "soon", "“soon” is no whole number. A whole number of days from 1 to 100."),
        (LIMIT, "1.5", "no whole number"),
        (LIMIT, "٣", "no whole number"),
        (LIMIT, "0", "0 is not from 1 to 100."),
        (LIMIT, "101", "101 is not from 1 to 100."),
        (LIMIT, "9" * 5000, "no whole number"),
        (PORTS, "22, ssh", "“ssh” is no port."),
        (PORTS, "65536", "“65536” is no port."),
        (PORTS, "0", "“0” is no port."),
        (PORTS, "", "Write at least 1 port."),
        (ACCOUNTS, "\u0661" * 12, "is no account id."),
        (REGIONS, "eu-central-\u0661", "is no region."),
        (ACCOUNTS, "12345", "“12345” is no account id."),
        (REGIONS, "Frankfurt", "“Frankfurt” is no region."),
        (KEYS, "<script>", "“<script>” is no tag key."),
        (KEYS, "k" * 129, "is no tag key."),
        (PORTS, ",".join(map(str, range(1, 300))), "299 entries, and 200 are the most"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write(parameter: Parameter[int], text: str, says: str) -> None:
    with pytest.raises(ParameterError) as raised:
        parameter.parse(text)
    assert says in str(raised.value)
    assert len(str(raised.value)) < 250


@pytest.mark.parametrize("plain", [True, "30", 30.0, None, [30]])
def test_a_stored_number_has_to_be_one(plain: object) -> None:
    with pytest.raises(ParameterError):
        LIMIT.accept(plain)


@pytest.mark.parametrize("plain", [{"22": 1}, "22", 22, [True], [22.5], [None]])
def test_a_stored_list_has_to_be_one(plain: object) -> None:
    with pytest.raises(ParameterError):
        PORTS.accept(plain)


def test_the_value_is_that_of_the_account_inside_the_block_alone() -> None:
    with using({"limit": 30}), watched() as read:
        assert (LIMIT.value, PORTS.value) == (30, (22, 3389))
    assert read == {"limit", "ports"}
    assert LIMIT.value == 45


def test_a_default_out_of_its_own_bounds_stops_the_start() -> None:
    with pytest.raises(ParameterError):
        days("limit", "Limit", "A limit.", default=0)


def test_values_are_described_in_words() -> None:
    assert [LIMIT.describe(1), LIMIT.describe(30), PORTS.describe([22, 80]), ACCOUNTS.describe(())] == [
        "1 day", "30 days", "22, 80", "none",
    ]  # fmt: skip


def test_stored_values_that_are_the_default_or_not_in_order_are_left_out() -> None:
    stored = {"unused_credential_days": 45, "access_key_days": 30, "renewal_days": "soon", "gone": 1}
    assert own_values(stored) == {"access_key_days": 30}


def test_written_values_are_refused_where_they_are_not_in_order() -> None:
    assert read_values({"access_key_days": 30}) == {"access_key_days": 30}
    with pytest.raises(ParameterError, match=r"No check has a parameter acces_key_days. There are: access_key_days"):
        read_values({"acces_key_days": 30})
    with pytest.raises(ParameterError, match=r"access_key_days: “soon” is no whole number"):
        read_values({"access_key_days": "soon"})


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_each_parameter_is_read_by_a_check_and_an_example_shows_another_value(parameter: Parameter[int]) -> None:
    checks = checks_by_parameter(parameter.name)
    assert checks
    assert all(parameter in parameters_of(check.id) for check in checks)
    set_by = [(check, each) for check in checks for each in check.examples if parameter.name in each.parameters]
    assert any(check(each).status != check(replace(each, parameters={})).status for check, each in set_by)
    assert parameter.description.endswith(".")


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_no_title_names_the_number_that_a_parameter_sets(parameter: Parameter[int]) -> None:
    for check in checks_by_parameter(parameter.name):
        assert not NUMBER.search(f"{check.title} | {check.problem}"), check.id


def test_examples_set_known_parameters_alone() -> None:
    for check in all_checks().values():
        for example in check.examples:
            assert read_values(example.parameters) == dict(example.parameters), check.id


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("limit = " + "[" * 5000, "recursion"),
        ("unused_credential_days = 0x" + "f" * 5000, "cannot be read"),
        ("unused_credential_days = " + "9" * 5000, "cannot be read"),
        ('"\\u001b[31m" = 1', "No check has a parameter ?[31m."),
        ('unused_credential_days = "\\u009b31m"', "“?31m” is no whole number"),
    ],
    ids=["deep", "hexadecimal", "long", "name", "value"],
)
def test_a_hostile_file_is_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    file, out, err = tmp_path / "values.toml", StringIO(), StringIO()
    file.write_text(text)
    assert command.run({"parameters": str(file), "types": "", "regions": ""}, out, err) == 2
    assert says in err.getvalue()
    assert all(letter.isprintable() or letter == "\n" for letter in err.getvalue())
