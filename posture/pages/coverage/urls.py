"""The URLs of the coverage pages."""

from django.urls import path

from posture.pages.coverage import views

app_name = "coverage"

urlpatterns = [
    path("", views.matrix, name="matrix"),
    path("summary/", views.summary, name="summary"),
    path("time/", views.through_time, name="time"),
    path("list/", views.AccountRegionList.as_view(), name="list"),
    path("<str:account_id>/", views.AccountCoveragePage.as_view(), name="account"),
]
