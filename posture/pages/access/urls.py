"""The URL of access."""

from django.urls import path

from posture.pages.access import views

app_name = "access"

urlpatterns = [path("", views.AccessPage.as_view(), name="ask")]
