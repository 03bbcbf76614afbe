"""The area's pages."""

from django.urls import path

from posture.web.pending import pending

app_name = "outposts"
urlpatterns = [
    path("", pending, name="list"),
    path("<int:resource_id>/", pending, name="detail"),
]
