"""The URLs of the data pages."""

from django.urls import path

from posture.pages.data import views

app_name = "data"

urlpatterns = [
    path("", views.data_map, name="map"),
    path("summary/", views.summary, name="summary"),
]
