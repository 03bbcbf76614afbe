"""The area's pages."""

from django.urls import path

from posture.web.pending import pending

app_name = "sweeping"
urlpatterns = [
    path("", pending, name="list"),
    path("gaps/", pending, name="gaps"),
    path("<int:pk>/", pending, name="detail"),
]
