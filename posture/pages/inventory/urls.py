"""The area's pages."""

from __future__ import annotations

from django.urls import path

from posture.pages.inventory import views

app_name = "inventory"
urlpatterns = [
    path("", views.types, name="types"),
    path("table/", views.ResourceList.as_view(), name="table"),
    path("search/", views.search, name="search"),
    path("resource/<int:resource_id>/", views.ResourcePage.as_view(), name="resource"),
]
