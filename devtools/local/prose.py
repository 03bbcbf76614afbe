"""Prose lint: words, names and first lines that this project does not use.

    python -m devtools.local.prose                   everything, as ./dev lint does
    python -m devtools.local.prose PATH …            everything under these paths
    python -m devtools.local.prose --count [PATH …]  findings per folder

The words and their reasons are in prose.toml.
"""

from __future__ import annotations

import argparse
import fnmatch
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from devtools.local.installation import ROOT

RULES = Path(__file__).with_name("prose.toml")
EXCERPT_MAX_CHARACTERS = 100

FUNCTION = re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)
CLASS = re.compile(r"^[ \t]*class[ \t]+(\w+)", re.MULTILINE)
CONSTANT = re.compile(r"^(_?[A-Z][A-Z0-9_]*)[ \t]*(?::[^=\n]+)?=", re.MULTILINE)
DOCSTRING = re.compile(r'(?:\A|:[ \t]*\n)(?:[ \t]*#[^\n]*\n)*[ \t]*r?"""([^\n]*)')
"""The first line of a module's, class's or function's docstring."""


@dataclass(frozen=True)
class Problem:
    """Something to reword, and why."""

    path: str
    line: int
    found: str
    instead: str
    reason: str
    excerpt: str = ""

    def __str__(self) -> str:
        """Return the line that people read."""
        text = f"{self.path}:{self.line}: {self.found} ({self.instead})"
        return f"{text}\n    {self.excerpt}" if self.excerpt else text


@dataclass(frozen=True)
class Rule:
    """A pattern, what to write instead of it, and why."""

    pattern: re.Pattern[str]
    instead: str
    reason: str
    of: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """One of them is in every text that the pattern matches: substrings are found far faster."""
    allow: tuple[re.Pattern[str], ...] = ()

    def allows(self, line: str, start: int, end: int) -> bool:
        """Whether the match is part of a phrase in which the word is right."""
        return any(
            found.start() <= start and end <= found.end() for phrase in self.allow for found in phrase.finditer(line)
        )


@dataclass
class Exemption:
    """Files in which words or names are right."""

    path: str
    words: frozenset[str]
    used: bool = False


@dataclass
class Rules:
    """All that prose.toml says."""

    data: dict[str, Any] = field(repr=False)

    @classmethod
    def load(cls, path: Path = RULES) -> Rules:
        """Read the rules."""
        return cls(tomllib.loads(path.read_text()))

    @cached_property
    def words(self) -> dict[str, Rule]:
        """Rules by the word in lower case."""
        return {word: _rule(entry, re.escape(word)) for entry in self.data["word"] for word in entry["words"]}

    @cached_property
    def phrases(self) -> list[Rule]:
        """Rules about text."""
        return [_rule(entry, entry["pattern"]) for entry in self.data["phrase"]]

    @cached_property
    def names(self) -> list[Rule]:
        """Rules about what is defined."""
        return [_rule(entry, entry["pattern"]) for entry in self.data["name"]]

    @cached_property
    def exemptions(self) -> list[Exemption]:
        """Files in which words are right."""
        return [Exemption(entry["path"], frozenset(entry["words"])) for entry in self.data.get("except", [])]

    def reads(self, path: str) -> bool:
        """Whether a file is one that people of this project write."""
        return path.endswith(tuple(self.data["files"])) and not any(
            fnmatch.fnmatch(path, pattern) for pattern in self.data["skip"]
        )

    def excuses(self, path: str, word: str) -> bool:
        """Whether an exception names the file and the word or name."""
        found = [each for each in self.exemptions if fnmatch.fnmatch(path, each.path) and word.lower() in each.words]
        for each in found:
            each.used = True
        return bool(found)


def _rule(entry: dict[str, Any], pattern: str) -> Rule:
    return Rule(
        re.compile(pattern),
        entry["instead"],
        entry["reason"],
        tuple(entry.get("of", ())),
        tuple(entry.get("files", ())),
        tuple(entry.get("keys", ())),
        tuple(re.compile(phrase["pattern"]) for phrase in entry.get("allow", ())),
    )


def problems_of(path: str, text: str, rules: Rules) -> Iterator[Problem]:
    """Find all that is to be reworded in a file."""
    yield from _of_path(path, rules)
    yield from _of_words(path, text, rules)
    yield from _of_phrases(path, text, rules)
    if path.endswith(".py"):
        yield from _of_names(path, text, rules)
        yield from _of_docstrings(path, text, rules)


def _of_path(path: str, rules: Rules) -> Iterator[Problem]:
    name = path.rsplit("/", 1)[-1].split(".", maxsplit=1)[0]
    for word in name.lower().split("_"):
        rule = rules.words.get(word)
        if rule and not rules.excuses(path, word):
            yield Problem(path, 1, f'file name "{name}"', rule.instead, rule.reason)
    for rule in rules.names:
        if "module" in rule.of and rule.pattern.search(name) and not rules.excuses(path, name):
            yield Problem(path, 1, f'file name "{name}"', rule.instead, rule.reason)


def _of_words(path: str, text: str, rules: Rules) -> Iterator[Problem]:
    lower = text.lower()
    for word, rule in rules.words.items():
        for start in _occurrences(word, text, lower):
            line, number = _line_at(text, start)
            offset = start - text.rfind("\n", 0, start) - 1
            if not rule.allows(line, offset, offset + len(word)) and not rules.excuses(path, word):
                found = f'"{text[start : start + len(word)]}"'
                yield Problem(path, number, found, rule.instead, rule.reason, _excerpt(line))


def _occurrences(word: str, text: str, lower: str) -> Iterator[int]:
    """Yield where a word starts, also where it is one part of a name.

    "gap" is found in `has_gap` and in `GapRow`, and not in "gaps".

    Substring search is ten times as fast as a regular expression over every file.
    """
    start = lower.find(word)
    while start >= 0:
        end = start + len(word)
        before, after = text[start - 1 : start], text[end : end + 1]
        begins = not before.isalpha() or (before.islower() and text[start].isupper())
        ends = not after.isalpha() or (after.isupper() and text[end - 1].islower())
        if begins and ends:
            yield start
        start = lower.find(word, end)


def _line_at(text: str, position: int) -> tuple[str, int]:
    begin, end = text.rfind("\n", 0, position) + 1, text.find("\n", position)
    return text[begin : end if end >= 0 else None], text.count("\n", 0, position) + 1


def _of_phrases(path: str, text: str, rules: Rules) -> Iterator[Problem]:
    lower = text.lower()
    for rule in rules.phrases:
        if (rule.files and not path.endswith(rule.files)) or not any(key in lower for key in rule.keys):
            continue
        for match in rule.pattern.finditer(lower):
            if not rules.excuses(path, match[0]):
                line, number = _line_at(text, match.start())
                yield Problem(path, number, f'"{match[0]}"', rule.instead, rule.reason, _excerpt(line))


def _of_names(path: str, text: str, rules: Rules) -> Iterator[Problem]:
    for kind, pattern in (("function", FUNCTION), ("class", CLASS), ("constant", CONSTANT)):
        for match in pattern.finditer(text):
            for rule in rules.names:
                if kind in rule.of and rule.pattern.search(match[1]) and not rules.excuses(path, match[1]):
                    number = text.count("\n", 0, match.start(1)) + 1
                    yield Problem(path, number, f'{kind} "{match[1]}"', rule.instead, rule.reason)


def _of_docstrings(path: str, text: str, rules: Rules) -> Iterator[Problem]:
    limit = rules.data["limits"]["docstring"]
    for match in DOCSTRING.finditer(text):
        first = match[1].removesuffix('"""')
        if len(first) > limit and not _is_page_text(path, text, match.start()):
            number = text.count("\n", 0, match.start(1)) + 1
            found = f"first line of {len(first)} characters"
            yield Problem(path, number, found, f"at most {limit}", "A first line is read in lists.", _excerpt(first))


def _is_page_text(path: str, text: str, colon: int) -> bool:
    """Whether the docstring after the colon is shown on a page of a check or type."""
    line, _number = _line_at(text, colon)
    if line.startswith("def _"):
        return False
    return (path.startswith(("posture/checks/", "posture/kubernetes/checks/")) and line.endswith(" -> Outcome:")) or (
        path.startswith("posture/collectors/") and line.endswith("(ask: Ask) -> Iterator[Resource]:")
    )


def _excerpt(line: str) -> str:
    line = line.strip()
    return line if len(line) <= EXCERPT_MAX_CHARACTERS else line[: EXCERPT_MAX_CHARACTERS - 1] + "…"


def problems_of_subject(subject: str, rules: Rules) -> Iterator[Problem]:
    """Find what is to be reworded in a commit's subject."""
    limit = rules.data["limits"]["subject"]
    if len(subject) > limit:
        found = f"subject of {len(subject)} characters"
        yield Problem("last commit", 1, found, f"at most {limit}", "Longer ones are cut off in lists.", subject)
    yield from _of_words("last commit", subject, rules)


def files(root: Path, under: Iterable[str] = ()) -> list[str]:
    """List the files of the checkout, new ones included, that git does not ignore."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *under]
    listed = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [path for path in listed.split("\0") if path and (root / path).is_file()]


def last_subject(root: Path) -> str:
    """Return the subject of the last commit; empty outside of a repository."""
    command = ["git", "log", "-1", "--format=%s"]
    return subprocess.run(
        command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    ).stdout.strip()


def lint(root: Path, rules: Rules, under: Iterable[str] = ()) -> list[Problem]:
    """Find everything to reword in the checkout, in the order of files and lines."""
    found: list[Problem] = []
    for path in files(root, under):
        if rules.reads(path):
            found += problems_of(path, (root / path).read_text(), rules)
    return sorted(found, key=lambda problem: (problem.path, problem.line))


def folder_of(path: str) -> str:
    """Return the folder that a finding is counted in.

    It has two levels, or three below pages and history.
    """
    parts = path.split("/")
    levels = 3 if parts[:2] in (["posture", "pages"], ["posture", "history"]) else 2
    return "/".join(parts[:levels])


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description="Find words, names and first lines that this project does not use.")
    parser.add_argument("paths", nargs="*", help="files or folders; without any, everything")
    parser.add_argument("--count", action="store_true", help="count findings per folder")
    chosen = parser.parse_args(arguments)
    rules = Rules.load()
    found = lint(ROOT, rules, chosen.paths)
    if chosen.count:
        for folder, count in sorted(Counter(folder_of(problem.path) for problem in found).items()):
            print(f"{count:6}  {folder}")
        print(f"{len(found):6}  in all")
        return 0
    if not chosen.paths:
        found += problems_of_subject(last_subject(ROOT), rules)
        found += _unused(rules)
    for problem in found:
        print(problem)
    print(f"{len(found)} to reword; the reasons are in {RULES.relative_to(ROOT)}." if found else "Nothing to reword.")
    return int(bool(found))


def _unused(rules: Rules) -> list[Problem]:
    path = str(RULES.relative_to(ROOT))
    return [
        Problem(path, 1, f"an exception for {each.path}", "take it out", "It excuses nothing.")
        for each in rules.exemptions
        if not each.used
    ]


if __name__ == "__main__":
    sys.exit(main())
