"""The area's pages."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "estate"
urlpatterns: list[URLPattern] = []
