"""Environment variables are typed; an error says what to write."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from posture import environment
from posture.environment import WrongSettingError

ROOT = Path(__file__).parent.parent


def test_a_missing_value_is_named() -> None:
    with pytest.raises(WrongSettingError, match="KEY is not set: give it a value, or set KEY_FILE"):
        environment.text("KEY", env={})


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n")
    assert environment.text("KEY", env={"KEY_FILE": str(tmp_path / "key")}) == "s3cret"


def test_a_secret_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(WrongSettingError, match=r"KEY_FILE points to .*/key, which cannot be read .*No such file"):
        environment.text("KEY", env={"KEY_FILE": str(tmp_path / "key")})


def test_two_sources_for_one_secret_clash(tmp_path: Path) -> None:
    with pytest.raises(WrongSettingError, match="Both KEY and KEY_FILE are set"):
        environment.text("KEY", env={"KEY": "a", "KEY_FILE": "b"})


@pytest.mark.parametrize(
    ("value", "meant"), [("yes", True), ("ON", True), ("1", True), ("no", False), ("false", False)]
)
def test_a_flag(value: str, meant: bool) -> None:  # noqa: FBT001 a parameter of the table above
    assert environment.flag("F", default=not meant, env={"F": value}) is meant


def test_a_flag_that_is_neither_is_refused() -> None:
    with pytest.raises(WrongSettingError, match="F is 'maybe': write yes or no"):
        environment.flag("F", default=True, env={"F": "maybe"})


@pytest.mark.parametrize("value", ["-1", "1.5", "many", "0"])
def test_a_number_out_of_range_is_refused(value: str) -> None:
    with pytest.raises(WrongSettingError, match="write a whole number of at least 1"):
        environment.number("N", 5, least=1, env={"N": value})


def test_a_choice_is_one_of_its_options() -> None:
    assert environment.choice("L", "INFO", ("INFO", "ERROR"), env={"L": "error"}) == "ERROR"
    with pytest.raises(WrongSettingError, match="L is 'LOUD': write one of INFO, ERROR"):
        environment.choice("L", "INFO", ("INFO", "ERROR"), env={"L": "loud"})


def test_words_are_split_and_trimmed() -> None:
    assert environment.words("W", env={"W": " a.example , b.example,, "}) == ["a.example", "b.example"]


def test_packages_are_installed_ones() -> None:
    assert environment.packages("P", env={"P": "devtools.simulator, json"}) == ["devtools.simulator", "json"]
    for name in ("nothing_like_it", "nothing.like.it", "devtools.nothing", ".relative"):
        with pytest.raises(WrongSettingError, match=f"P names '{name}', which is no installed Python package: correct"):
            environment.packages("P", env={"P": name})


@pytest.mark.parametrize("extra", ["", "devtools.simulator"])
def test_the_simulator_is_loaded_only_where_it_is_asked_for(extra: str) -> None:
    env = {**os.environ, "PLUMBLINE_EXTRA_APPS": extra, "DJANGO_SETTINGS_MODULE": "posture.settings"}
    code = "import django; django.setup(); from posture import urls, jobs; import sys; print('devtools' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == str(bool(extra))


def test_an_app_that_is_not_installed_stops_the_start() -> None:
    env = {**os.environ, "PLUMBLINE_EXTRA_APPS": "devtools.imaginary", "DJANGO_SETTINGS_MODULE": "posture.settings"}
    code = "import django; django.setup()"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "PLUMBLINE_EXTRA_APPS names 'devtools.imaginary'" in ended.stderr


def test_a_database_url_in_full() -> None:
    settings = environment.database("postgres://me:p%40ss@db.example:5433/plumb?sslmode=verify-full")
    assert (settings["USER"], settings["PASSWORD"], settings["HOST"]) == ("me", "p@ss", "db.example")
    assert (settings["PORT"], settings["NAME"]) == ("5433", "plumb")
    assert settings["OPTIONS"] == {"sslmode": "verify-full"}


def test_a_database_on_a_socket() -> None:
    settings = environment.database("postgres://postgres@/plumbline?host=/run/a")
    assert (settings["HOST"], settings["PORT"], settings["OPTIONS"]) == ("/run/a", "", {})


def test_a_database_password_of_its_own() -> None:
    assert environment.database("postgres://me@db/plumb", "p@ss")["PASSWORD"] == "p@ss"


@pytest.mark.parametrize("url", ["mysql://db/x", "postgres://db", "db"])
def test_what_is_no_database_url_is_refused(url: str) -> None:
    with pytest.raises(WrongSettingError, match="DATABASE_URL must look like"):
        environment.database(url)


def test_a_wrong_port_is_refused() -> None:
    with pytest.raises(WrongSettingError, match="DATABASE_URL has no usable port"):
        environment.database("postgres://db:high/x")


def test_two_passwords_clash() -> None:
    with pytest.raises(WrongSettingError, match="keep one"):
        environment.database("postgres://me:a@db/x", "b")
    with pytest.raises(WrongSettingError, match="keep one"):
        environment.redis("redis://:a@queue", "b")


def test_a_queue_password_is_put_into_its_url() -> None:
    assert environment.redis("redis://queue:6379/0", "p@ss/") == "redis://:p%40ss%2F@queue:6379/0"
    assert environment.redis("rediss://me@queue/1", "x") == "rediss://me:x@queue/1"
    assert environment.redis("redis://queue/0") == "redis://queue/0"


def test_what_is_no_queue_url_is_refused() -> None:
    with pytest.raises(WrongSettingError, match="REDIS_URL must start with"):
        environment.redis("http://queue")


def test_every_variable_of_the_settings_is_documented() -> None:
    read = re.findall(r'environment\.\w+\(\s*"(\w+)"', (ROOT / "posture" / "settings.py").read_text())
    documented = re.findall(r"^\| `(\w+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    assert sorted(read) == sorted(documented)


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("short" * 5, "has 25 characters and needs at least 50"),
        ("a" * 64, "repeats itself"),
        ("0123456789" * 6, "repeats itself"),
        ("django-insecure-" + secrets.token_urlsafe(48), "is a placeholder"),
        ("ChangeMe" + secrets.token_hex(40), "is a placeholder"),
    ],
    ids=lambda value: value if value.startswith(("has", "repeats", "is")) else "key",
)
def test_a_weak_secret_key_is_refused(key: str, said: str) -> None:
    with pytest.raises(WrongSettingError, match=f"K {said}.*token_urlsafe"):
        environment.signing_key("K", env={"K": key})


def test_a_weak_key_is_kept_where_that_is_asked_for() -> None:
    assert environment.signing_key("K", allow_weak=True, env={"K": "short"}) == "short"
    with pytest.raises(WrongSettingError, match="not set"):
        environment.signing_key("K", allow_weak=True, env={})


@pytest.mark.parametrize(("allowed", "starts"), [("no", False), ("yes", True)])
def test_an_upgrade_keeps_a_weak_fingerprint_key_but_no_weak_secret_key(allowed: str, starts: bool) -> None:  # noqa: FBT001 a parameter of the table above
    old = "a" * 64
    env = {**os.environ, "PLUMBLINE_ALLOW_WEAK_FINGERPRINT_KEY": allowed, "PLUMBLINE_FINGERPRINT_KEY": old}
    asked = "from posture import settings; print(settings.FINGERPRINT_KEY)"
    ran = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert (ran.stdout.strip() == old) is starts
    assert ("PLUMBLINE_FINGERPRINT_KEY repeats itself" in ran.stderr) is not starts
    weak = {**env, "PLUMBLINE_SECRET_KEY": old}
    ran = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, env=weak, capture_output=True, text=True, check=False)
    assert "PLUMBLINE_SECRET_KEY repeats itself" in ran.stderr


def test_a_random_secret_key_is_taken() -> None:
    for make in (secrets.token_urlsafe, secrets.token_hex):
        for _ in range(200):
            key = make(48)
            assert environment.signing_key("K", env={"K": key}) == key
    hexadecimal = secrets.token_hex(25)
    assert environment.signing_key("K", env={"K": hexadecimal}) == hexadecimal
    assert environment.signing_key("F", hexadecimal, env={}) == hexadecimal


def test_a_weak_secret_key_stops_the_start() -> None:
    env = {**os.environ, "PLUMBLINE_SECRET_KEY": "changeme" * 8, "DJANGO_SETTINGS_MODULE": "posture.settings"}
    code = "import django; django.setup()"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "PLUMBLINE_SECRET_KEY is a placeholder that others know" in ended.stderr
