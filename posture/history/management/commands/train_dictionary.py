"""`manage.py train_dictionary FILE`: trains a compression dictionary.

A coming release may ship it.

Samples are the stored configurations, as many of each type, and JSON lines from files. A dictionary contains parts of
its samples: one that is published has to be trained on simulated accounts alone.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from posture.history import codec
from posture.history.canonical import canonical
from posture.history.models import StoredVersion
from posture.history.upkeep import dictionaries

SAMPLES_PER_TYPE_MAX = 200
"""Keeps the most frequent type from dominating the dictionary."""


class Command(BaseCommand):
    """Trains a dictionary."""

    help = "Train a compression dictionary on the stored configurations, and on JSON lines of other files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file to write and files to read."""
        parser.add_argument("file", type=Path, help="where to write it: posture/history/dictionaries/NUMBER.zdict")
        parser.add_argument("--lines", type=Path, nargs="*", default=[], help="files of configurations as JSON lines")
        parser.add_argument("--without-database", action="store_true", help="train on the files alone")

    def handle(self, *_: Any, **options: Any) -> None:
        """Train a dictionary and write it to the file."""
        path: Path = options["file"]
        if path.exists():
            raise CommandError(f"{path} exists: a dictionary never changes. Give the new one the next number.")
        samples = [text for file in options["lines"] for text in _lines(file)]
        if not options["without_database"]:
            samples += _stored()
        try:
            content = dictionaries.train(samples)
        except ValueError as error:
            raise CommandError(f"{error} Give more or larger samples.") from error
        path.write_bytes(content)
        self.stdout.write(f"{len(samples)} samples: wrote {path}, {len(content)} bytes. Set codec.CURRENT to use it.")


def _lines(path: Path) -> Iterator[bytes]:
    with path.open(encoding="utf-8") as lines:
        yield from (canonical(json.loads(line)) for line in lines if line.strip())


def _stored() -> Iterator[bytes]:
    taken: Counter[str] = Counter()
    for kind, config in StoredVersion.objects.order_by("hash").values_list("type", "config").iterator():
        taken[kind] += 1
        if taken[kind] <= SAMPLES_PER_TYPE_MAX:
            yield codec.unpack_canonical(config)
