"""The area's pages."""

from __future__ import annotations

from django.urls import path

from posture.pages.practices import views

app_name = "practices"
urlpatterns = [
    path("", views.practice_list, name="list"),
    path("responsibility/services/", views.responsibility, name="responsibility"),
    path("framework/<slug:framework_id>/", views.FrameworkPage.as_view(), name="framework"),
    path("<slug:practice_id>/", views.PracticePage.as_view(), name="detail"),
]
