"""The URLs of the styleguide."""

from django.urls import path

from posture.pages.styleguide import views

app_name = "styleguide"

urlpatterns = [
    path("", views.show_tokens, name="tokens"),
    path("parts/", views.show_parts, name="parts"),
    path("parts/more/", views.show_more_parts, name="more_parts"),
    path("pictures/", views.show_pictures, name="pictures"),
    path("pictures/more/", views.show_more_pictures, name="more_pictures"),
]
