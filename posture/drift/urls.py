"""The area's pages."""

from django.urls import path

from posture.web.pending import pending

app_name = "drift"
urlpatterns = [
    path("", pending, name="drift"),
]
