"""The URLs of the coverage pages."""

from django.urls import path

from posture.coverage import views

app_name = "coverage"

urlpatterns = [
    path("", views.matrix, name="matrix"),
    path("summary/", views.summary, name="summary"),
    path("time/", views.through_time, name="time"),
    path("<str:account_id>/", views.account, name="account"),
]
