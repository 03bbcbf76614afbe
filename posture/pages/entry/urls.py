"""The URLs of the entry points."""

from django.urls import path

from posture.pages.entry import views

app_name = "entry"

urlpatterns = [path("", views.doors, name="doors")]
