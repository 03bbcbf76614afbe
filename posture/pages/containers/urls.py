"""The area's pages."""

from __future__ import annotations

from django.urls import path

from posture.pages.containers import views

app_name = "containers"
urlpatterns = [
    path("", views.EstatePage.as_view(), name="estate"),
    path("images/", views.ImageList.as_view(), name="images"),
    path("images/<slug:image_id>/", views.ImagePage.as_view(), name="image"),
]
