"""The area's pages."""

from __future__ import annotations

from django.urls import path

from posture.pages.parameters import views

app_name = "parameters"
urlpatterns = [
    path("", views.ParameterList.as_view(), name="list"),
    path("<slug:name>/", views.detail, name="detail"),
    path("<slug:name>/change/", views.change, name="change"),
]
