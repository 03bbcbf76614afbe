"""The area's pages."""

from __future__ import annotations

from django.urls import path

from posture.pages.outposts import views

app_name = "outposts"
urlpatterns = [
    path("", views.RackList.as_view(), name="list"),
    path("<int:resource_id>/", views.RackPage.as_view(), name="detail"),
]
