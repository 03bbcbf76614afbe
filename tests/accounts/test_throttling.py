"""Passwords are tried a few times only.

Nobody is locked out by what strangers do.
"""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from redis.exceptions import RedisError

from accounts import throttling
from accounts.models import Role, User
from posture.observability import clients

pytestmark = pytest.mark.django_db

RIGHT, WRONG = "correct horse battery", "wrong"
OFFICE, ELSEWHERE = "192.0.2.10", "198.51.100.7"
HASHING = "django.contrib.auth.hashers.PBKDF2PasswordHasher.encode"


@pytest.fixture(autouse=True)
def ciso() -> User:
    """The person whom everybody attacks."""
    return User.objects.create_user("ciso", password=RIGHT, role=Role.EXECUTIVE)


def log_in(address: str, name: str = "ciso", password: str = WRONG, client: Client | None = None) -> int:
    """Return the status of an attempt: 302 where it went well."""
    data = {"username": name, "password": password}
    return int((client or Client()).post(reverse("accounts:login"), data, REMOTE_ADDR=address).status_code)


def test_who_fails_on_a_name_locks_out_that_address_alone() -> None:
    assert [log_in(ELSEWHERE) for _ in range(12)] == [200] * (settings.AXES_FAILURE_LIMIT - 1) + [429] * 5
    assert log_in(ELSEWHERE, password=RIGHT) == 429
    assert log_in(OFFICE, password=RIGHT) == 302


def test_one_address_never_reaches_the_limit_of_a_name() -> None:
    for _ in range(30):
        log_in(ELSEWHERE)
    assert throttling.NAME.count("ciso") <= settings.AXES_FAILURE_LIMIT
    assert throttling.NAME.most > settings.AXES_FAILURE_LIMIT * 4, "in an hour of four quarters"


def test_an_address_that_tries_many_names_is_refused_before_anything_is_hashed() -> None:
    for number in range(throttling.ADDRESS.most):
        throttling.ADDRESS.add(ELSEWHERE) if number % 20 else log_in(ELSEWHERE, f"name{number}")
    with patch(HASHING) as hashed:
        assert log_in(ELSEWHERE, "somebody") == 429
        assert log_in(ELSEWHERE, password=RIGHT) == 429
    hashed.assert_not_called()
    assert log_in(OFFICE, password=RIGHT) == 302


def test_a_locked_name_at_an_address_is_refused_before_anything_is_hashed() -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        log_in(ELSEWHERE)
    with patch(HASHING) as hashed:
        assert log_in(ELSEWHERE) == 429
    hashed.assert_not_called()


def test_many_machines_cannot_keep_a_known_browser_out() -> None:
    browser = Client()
    assert log_in(OFFICE, password=RIGHT, client=browser) == 302
    browser.post(reverse("accounts:logout"))
    for _ in range(throttling.NAME.most):
        throttling.NAME.add("ciso")
    for _ in range(throttling.ADDRESS.most):
        throttling.ADDRESS.add(OFFICE)
    assert log_in(ELSEWHERE, password=RIGHT) == 429, "an unknown browser"
    for _ in range(settings.AXES_FAILURE_LIMIT + 1):
        log_in(OFFICE)
    assert log_in(OFFICE, password=RIGHT, client=browser) == 302, "even at the address of the attack"


def test_a_known_browser_has_a_count_of_its_own() -> None:
    browser = Client()
    log_in(OFFICE, password=RIGHT, client=browser)
    browser.post(reverse("accounts:logout"))
    assert [log_in(OFFICE, client=browser) for _ in range(throttling.DEVICE.most)] == [200] * throttling.DEVICE.most
    assert throttling.NAME.count("ciso") == 0
    for _ in range(settings.AXES_FAILURE_LIMIT):
        log_in(OFFICE, client=browser)
    assert log_in(OFFICE, password=RIGHT, client=browser) == 429, "then it is treated as any other"


def test_a_browser_of_one_name_is_not_known_for_another() -> None:
    User.objects.create_user("eve", password=RIGHT)
    browser = Client()
    log_in(OFFICE, "eve", RIGHT, browser)
    browser.post(reverse("accounts:logout"))
    for _ in range(throttling.NAME.most):
        throttling.NAME.add("ciso")
    assert log_in(OFFICE, password=RIGHT, client=browser) == 429
    assert "eve" not in browser.cookies[throttling.DEVICE_COOKIE].value


def test_attempts_during_a_lock_out_do_not_make_it_longer() -> None:
    from axes.models import AccessAttempt

    for _ in range(settings.AXES_FAILURE_LIMIT):
        log_in(ELSEWHERE)
    before = AccessAttempt.objects.get().attempt_time
    for _ in range(3):
        assert log_in(ELSEWHERE) == 429
    assert AccessAttempt.objects.get().attempt_time == before


def test_a_login_forgets_the_slips_before_it() -> None:
    for _ in range(3):
        for _ in range(settings.AXES_FAILURE_LIMIT - 2):
            assert log_in(OFFICE) == 200
        assert log_in(OFFICE, password=RIGHT) == 302


def test_without_a_cache_people_still_log_in_and_guessing_ends() -> None:
    with patch("accounts.throttling.django_rq.get_connection", side_effect=RedisError):
        assert log_in(OFFICE, password=RIGHT) == 302
        assert [log_in(ELSEWHERE) for _ in range(settings.AXES_FAILURE_LIMIT)][-1] == 429


def test_the_own_password_cannot_be_guessed_either(ciso: User, client: Client) -> None:
    client.force_login(ciso)
    new = "battery staple 9 more"
    data = {"old_password": WRONG, "new_password1": new, "new_password2": new}
    for _ in range(throttling.PASSWORD.most):
        assert client.post(reverse("accounts:profile"), data).status_code == 200
    with patch(HASHING) as hashed:
        response = client.post(reverse("accounts:profile"), {**data, "old_password": RIGHT})
    hashed.assert_not_called()
    assert response.status_code == 429
    assert "The old password was wrong too often" in response.content.decode()
    assert client.get(reverse("accounts:profile")).status_code == 200


def test_a_name_of_any_length_is_a_failed_login() -> None:
    assert log_in(OFFICE, "x" * 256) == 200
    assert log_in(OFFICE, "x" * 3000) == 200


def request(address: str, **headers: Any) -> HttpRequest:
    return RequestFactory().get("/", REMOTE_ADDR=address, headers=headers)


def test_an_ipv6_address_counts_with_its_neighbours() -> None:
    one, other = request("2001:db8:0:1::5"), request("2001:db8:0:1:ffff::9")
    assert clients.address_group(one) == clients.address_group(other) == "2001:db8:0:1::"
    assert clients.address_group(request("2001:db8:0:2::5")) != clients.address_group(one)
    assert clients.address(one) == "2001:db8:0:1::5"
    assert clients.address_group(request("::ffff:192.0.2.10")) == OFFICE


@pytest.mark.parametrize(
    ("https", "forwarded", "expected"),
    [
        (False, ELSEWHERE, OFFICE),
        (True, ELSEWHERE, ELSEWHERE),
        (True, f"203.0.113.1, {ELSEWHERE}", ELSEWHERE),
        (True, f"{ELSEWHERE}:4711", ELSEWHERE),
        (True, "[2001:db8::1]", "2001:db8::1"),
        (True, "[2001:db8::1]:4711", "2001:db8::1"),
        (True, "2001:db8::1%any words", "2001:db8::1"),
        (True, "nonsense", OFFICE),
        (True, "", OFFICE),
    ],
)
def test_a_proxy_is_believed_where_the_setting_says_so(
    monkeypatch: pytest.MonkeyPatch,
    https: bool,  # noqa: FBT001 a parameter of the table above
    forwarded: str,
    expected: str,
) -> None:
    monkeypatch.setattr(settings, "HTTPS", https)
    assert clients.address(request(OFFICE, **{"X-Forwarded-For": forwarded})) == expected
