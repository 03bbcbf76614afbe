"""Names that templates read exist.

Django renders what is missing as nothing, and no test of a page need notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.conf import settings

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
SOURCES = [*(settings.BASE_DIR / "posture").rglob("*.py"), *(settings.BASE_DIR / "accounts").rglob("*.py")]
TAG = re.compile(r"\{\{(.*?)\}\}|\{%(.*?)%\}", re.DOTALL)
QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
OF_DJANGO = frozenset({
    "LocalBgpAsn", "auto_id", "counter", "counter0", "end_index", "errors", "first", "forloop", "grouper",
    "has_next", "has_other_pages", "has_previous", "help_text", "hidden_fields", "html_name", "id_for_label",
    "is_bound", "is_ordered", "items", "keys", "label_tag", "last", "legend_tag", "length", "level_tag",
    "next_page_number", "non_field_errors", "num_pages", "object_list", "parentloop", "previous_page_number",
    "revcounter", "use_fieldset", "values", "visible_fields", "widget",
})  # fmt: skip
"""Attributes of Django's and django-tables2's objects, and of AWS's answers."""


def attributes(template: str) -> Iterator[str]:
    """Yield the names that a template reads from objects: `url` of `{{ tile.url }}`."""
    for found in TAG.finditer(template):
        text = QUOTED.sub("", found[1] or found[2])
        for path in re.findall(r"\b[A-Za-z_]\w*((?:\.\w+)+)", text):
            yield from (name for name in path.split(".") if name and not name.isdigit())


def test_what_templates_read_is_written_somewhere() -> None:
    known = {name for path in SOURCES for name in re.findall(r"[A-Za-z_]\w*", path.read_text(encoding="utf-8"))}
    missing = {
        f"{path.relative_to(settings.BASE_DIR)}: {name}"
        for path in TEMPLATES
        for name in attributes(path.read_text(encoding="utf-8"))
        if name not in known and name not in OF_DJANGO and not re.fullmatch(r"get_\w+_display", name)
    }
    assert missing == set()


def test_a_name_that_nothing_has_is_found() -> None:
    assert list(attributes('{% if tile.gone %}{{ tile.url|default:"a.b" }}{% endif %}')) == ["gone", "url"]
