"""The pieces of the frame that load by themselves."""

from django.urls import path

from posture.web import views

app_name = "web"
urlpatterns = [
    path("scope/", views.pick_scope, name="scope"),
    path("progress/", views.show_progress, name="progress"),
]
