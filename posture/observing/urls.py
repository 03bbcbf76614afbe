"""Where Prometheus looks."""

from __future__ import annotations

from django.urls import path

from posture.observing import views

app_name = "observing"
urlpatterns = [path("metrics", views.metrics, name="metrics")]
