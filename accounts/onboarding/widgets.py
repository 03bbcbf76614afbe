"""Controls of forms that offer all of an organization."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class ManyCheckboxes(forms.CheckboxSelectMultiple):
    """Django's group of checkboxes, rendered in one pass, checked ones first.

    Django runs four templates for each box: 0.13 s of a page that offers a thousand accounts. `noun` says what is
    offered; `static/js/selection.js` adds a field that narrows a long list.
    """

    def __init__(self, *args: Any, noun: str = "choices", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.noun = noun

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        """Return the boxes; `renderer` is not asked.

        Groups of choices are not drawn, for no form has any.
        """
        group = self.get_context(name, value, attrs)["widget"]
        box = {key: group["attrs"].get(key) for key in ("id", "class") if group["attrs"].get(key)}
        box["data-choose"] = self.noun
        return format_html("<div{}>{}</div>", flatatt(box), format_html_join("\n", _BOX, _parts(group["optgroups"])))


_BOX = '<div><label{}><input type="checkbox" name="{}" value="{}"{}> {}</label></div>'


def _parts(groups: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the parts of each box.

    The label's attributes, name, value, attributes, label.
    """
    every = [one for _, options, _ in groups for one in options]
    for one in sorted(every, key=lambda one: not one["selected"]):
        named = {"for": one["attrs"]["id"]} if "id" in one["attrs"] else {}
        yield flatatt(named), one["name"], one["value"], flatatt(one["attrs"]), one["label"]
