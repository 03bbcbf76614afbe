"""A server loads what its pages need before it answers.

Says at once what of it is broken.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template import TemplateSyntaxError

from posture.web.preload import preload

LOADED = 50_000
"""Objects that modules, checks and templates come to at the least."""


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    """Leave the garbage collector as it was."""
    yield
    gc.unfreeze()


def test_what_stays_is_out_of_the_collectors_way() -> None:
    assert gc.get_freeze_count() < LOADED
    preload()
    assert gc.get_freeze_count() > LOADED
    assert len(gc.get_objects()) < LOADED


def test_a_broken_template_stops_the_start(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "broken.html").write_text("{% no_such_tag %}")
    settings.BASE_DIR = tmp_path
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path / "templates"]}]
    with pytest.raises(TemplateSyntaxError):
        preload()
