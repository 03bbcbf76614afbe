"""The pages of drift."""

from __future__ import annotations

from django.urls import path

from posture.drift import views

app_name = "drift"
urlpatterns = [
    path("", views.drift, name="drift"),
    path("why/<slug:cause>/", views.cause, name="cause"),
    path("held/", views.held, name="held"),
    path("fixing/", views.FixingList.as_view(), name="fixing"),
    path("group/", views.group, name="group"),
    path("resource/<int:resource_id>/", views.difference, name="difference"),
    path("<slug:kind>/", views.ChangeList.as_view(), name="list"),
]
