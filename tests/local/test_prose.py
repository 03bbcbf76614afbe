"""The prose lint finds words, names and long first lines, and nothing else."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from devtools.local import prose
from devtools.local.prose import Exemption, Rules

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def rules() -> Rules:
    return Rules.load()


def found(text: str, rules: Rules, path: str = "posture/example.py") -> list[str]:
    return [problem.found for problem in prose.problems_of(path, text, rules)]


@pytest.mark.parametrize(
    "text",
    [
        "# what it was told",
        "def is_told(): ...",
        "class ToldRow: ...",
        "_TOLD_AT = 1",
        "rows.toldAt",
        'fail("Lies in another account")',
    ],
)
def test_a_word_is_found_in_text_and_in_names(text: str, rules: Rules) -> None:
    assert len(found(text, rules)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "# outstanding requests, understanding, standard",
        "Admin.list_select_related = True",
        'ARN = "arn:aws:ecs:eu-west-1::families/allies"',
        "# ARN stands for Amazon Resource Name",
        "# insight, retold",
    ],
)
def test_another_word_is_left_alone(text: str, rules: Rules) -> None:
    assert found(text, rules) == []


def test_a_phrase_is_found(rules: Rules) -> None:
    assert found("<h2>What became of them</h2>", rules, "templates/x.html") == ['"became of"']


def test_a_defined_name_is_found_and_its_uses_are_not(rules: Rules) -> None:
    text = 'FEW = 3\n\n\ndef say(x):\n    """Print."""\n    return FEW + x.say\n'
    assert found(text, rules) == ['function "say"', 'constant "FEW"']


def test_a_module_is_found_by_its_name(rules: Rules) -> None:
    assert found("", rules, "posture/lived.py") == ['file name "lived"']
    assert found("", rules, "templates/told_rows.html") == ['file name "told_rows"']


@pytest.mark.parametrize(
    "head", ["", "class A:\n    ", "def f(\n    x: int,\n) -> int:\n    ", "async def f() -> None:\n    "]
)
def test_a_long_first_line_is_found(head: str, rules: Rules) -> None:
    assert found(f'{head}"""{"x" * 80}"""\n', rules) == []
    assert found(f'{head}"""{"x" * 81}"""\n', rules) == ["first line of 81 characters"]
    assert found(f'{head}"""{"x" * 81}\n\n    More.\n    """\n', rules) == ["first line of 81 characters"]


def test_a_checks_docstring_is_text_of_its_page(rules: Rules) -> None:
    check = f'def s3_bucket_private(bucket: Resource) -> Outcome:\n    """{"x" * 100}"""\n'
    assert found(check, rules, "posture/checks/s3_bucket.py") == []
    assert found(check, rules, "posture/web/s3_bucket.py") == ["first line of 100 characters"]
    assert len(found(check.replace("s3_b", "_s3_b"), rules, "posture/checks/s3_bucket.py")) == 1


def test_a_collectors_docstring_is_text_of_its_page(rules: Rules) -> None:
    collector = f'def buckets(ask: Ask) -> Iterator[Resource]:\n    """{"x" * 100}"""\n'
    assert found(collector, rules, "posture/collectors/s3_bucket.py") == []
    assert len(found(collector, rules, "posture/sweep/ask.py")) == 1


def test_the_line_and_the_alternative_are_shown(rules: Rules) -> None:
    [problem] = prose.problems_of("docs/x.md", "One\ntwo anew\n", rules)
    assert str(problem) == 'docs/x.md:2: "anew" (again)\n    two anew'


def test_an_exemption_excuses_one_word_in_one_file(rules: Rules) -> None:
    rules.exemptions.append(Exemption("posture/example.py", frozenset({"lies"})))
    assert found("lies, anew", rules) == ['"anew"']
    assert found("lies", rules, "posture/other.py") == ['"lies"']


@pytest.mark.parametrize("subject", ["x" * 73, "history: tell what moved"])
def test_a_commits_subject_is_read(subject: str, rules: Rules) -> None:
    assert len(list(prose.problems_of_subject(subject, rules))) == 1
    assert list(prose.problems_of_subject("history: count what changed", rules)) == []


def test_the_checkout_is_read(tmp_path: Path, rules: Rules) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "new.py").write_text("# anew\n")
    (tmp_path / "data.json").write_text('"anew"')
    (tmp_path / "migrations").mkdir()
    (tmp_path / "old" / "migrations").mkdir(parents=True)
    (tmp_path / "old" / "migrations" / "0001.py").write_text("# anew\n")
    assert [problem.path for problem in prose.lint(tmp_path, rules)] == ["new.py"]


def test_every_rule_has_a_reason_and_every_key_is_one_of_its_pattern(rules: Rules) -> None:
    for rule in [*rules.words.values(), *rules.phrases, *rules.names]:
        assert rule.reason
        assert rule.instead
    for rule in rules.phrases:
        assert rule.keys


def test_it_is_quick(rules: Rules) -> None:
    begin = time.process_time()
    prose.lint(ROOT, rules)
    assert time.process_time() - begin < 3
