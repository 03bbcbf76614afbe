"""Logging in and out, and a person's own page. Onboarding and settings have their own."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views
from posture.web.limits import uncounted

app_name = "accounts"
urlpatterns = [
    path("login/", uncounted(views.Login.as_view()), name="login"),
    path("logout/", uncounted(LogoutView.as_view()), name="logout"),
    path("home/", views.home, name="home"),
    path("profile/", views.profile, name="profile"),
]
