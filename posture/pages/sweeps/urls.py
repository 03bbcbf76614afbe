"""The pages of sweeps."""

from __future__ import annotations

from django.urls import path

from posture.pages.sweeps import planning, views

app_name = "sweeps"
urlpatterns = [
    path("", views.SweepList.as_view(), name="list"),
    path("now/", views.begin, name="begin"),
    path("gaps/", views.GapList.as_view(), name="gaps"),
    path("gaps/history/", views.gap_history, name="gap_history"),
    path("estimate/", planning.cost, name="estimate"),
    path("<int:pk>/", views.SweepPage.as_view(), name="detail"),
    path("<int:pk>/live/", views.LiveSweep.as_view(), name="live"),
    path("<int:pk>/cancel/", views.cancel_sweep, name="cancel"),
]
