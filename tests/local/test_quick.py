"""`./dev test --quick` chooses the tests of a change."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from devtools.local import budget, quick
from devtools.local.installation import ROOT

FAST = ["-m", quick.SLOW_MARKERS]


@pytest.mark.parametrize(
    ("changed", "runs"),
    [
        (["README.md"], []),
        (["docker/Dockerfile"], [["tests/test_docker.py", *FAST]]),
        (["posture/pages/findings/nothing_imports_it.py"], [["tests/findings", *FAST]]),
        (["posture/pages/sweeps/nothing_imports_it.py"], [["tests/orchestration", *FAST]]),
        (["templates/drift/list.html"], [["tests/drift", *FAST]]),
        (["devtools/simulator/story.toml"], [["tests/simulation", *FAST]]),
        (["tests/local/test_gone.py"], []),
        (
            ["tests/local/test_quick.py", "tests/album/camera.py"],
            [["tests/local/test_quick.py"], ["tests/album/test_album.py", *FAST]],
        ),
        (["posture/collectors/sns_topic.py"], [["tests/collectors", "-k", "AWS::SNS::Topic"]]),
        (["tests/collectors/answers/sns_topic.json"], [["tests/collectors", "-k", "AWS::SNS::Topic"]]),
        (["devtools/local/quick.py"], [["tests/local/test_quick.py", *FAST]]),
    ],
)
def test_each_kind_of_file_has_its_tests(changed: list[str], runs: list[list[str]]) -> None:
    assert quick.select(ROOT, changed).runs() == runs


def test_a_check_runs_its_own_examples_alone() -> None:
    ((target, option, names),) = quick.select(ROOT, ["posture/checks/sns_topic.py"]).runs()
    assert (target, option) == ("tests/checks/test_examples.py", "-k")
    assert "sns_topic_encrypted" in names.split(" or ")
    assert all(name.startswith("sns_topic") for name in names.split(" or "))


def test_every_area_of_the_product_has_a_folder_of_tests() -> None:
    for folder in ("posture/pages", "posture"):
        for area in sorted(path for path in (ROOT / folder).iterdir() if (path / "__init__.py").exists()):
            if area.name != "pages":
                found = quick.select(ROOT, [f"{area.relative_to(ROOT)}/nothing_imports_it.py"]).runs()
                assert found, f"{area} has no folder of tests"


def test_what_is_not_committed_counts_as_changed(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments], cwd=tmp_path, check=True)

    git("init", "-q", "-b", "main")
    (tmp_path / "a.py").write_text("1")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    assert quick.changed_files(tmp_path) == []
    git("checkout", "-q", "-b", "topic")
    (tmp_path / "b.py").write_text("2")
    git("add", ".")
    git("commit", "-q", "-m", "second")
    (tmp_path / "a.py").write_text("3")
    (tmp_path / "c.py").write_text("4")
    assert quick.changed_files(tmp_path) == ["a.py", "b.py", "c.py"]


def test_no_test_is_started_after_the_budget(tmp_path: Path) -> None:
    (tmp_path / "test_slow.py").write_text(
        "import time\nimport pytest\n@pytest.mark.parametrize('n', range(9))\ndef test_one(n): time.sleep(0.4)\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "devtools.local.budget", "--budget=0.5", str(tmp_path)]
    ran = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-c", "/dev/null"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "tests were left out for lack of time" in ran.stdout


def test_heavy_tests_come_last_and_only_early(request: pytest.FixtureRequest) -> None:
    light, heavy = request.node, pytest.Function.from_parent(request.node.parent, name=request.node.name)
    heavy.add_marker(pytest.mark.browser)
    items = [heavy, light]
    counted = budget.Budget(30)
    counted.pytest_collection_modifyitems(items)
    assert items == [light, heavy]
    assert [counted.pytest_runtest_protocol(one) for one in items] == [None, None]
    counted.begins -= 10
    assert [counted.pytest_runtest_protocol(one) for one in items] == [None, True]
    counted.begins -= 20
    assert [counted.pytest_runtest_protocol(one) for one in items] == [True, True]
    assert counted.left_out == 3


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    (tmp_path / "test_any.py").write_text("def test_any(): pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "devtools.local.budget", "--budget=0.000001", str(tmp_path)]
    ran = subprocess.run(
        [*command, "--rootdir", str(tmp_path), "-c", "/dev/null"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "1 tests were left out" in ran.stdout
