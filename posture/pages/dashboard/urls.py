"""The overview."""

from django.urls import path

from posture.pages.dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("period/", views.period, name="period"),
    path("since-last-visit/", views.visit, name="visit"),
    path("score/", views.score, name="score"),
]
