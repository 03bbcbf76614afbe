"""Readable names of resources. Filters only; built into every template."""

from __future__ import annotations

from django import template

from posture.web.resource_names import name_in, name_of

register = template.Library()

register.filter("resource_name", name_of)
register.filter("finding_resource", name_in)
