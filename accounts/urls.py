"""Logging in and out, and a person's own page.

Onboarding and settings have their own.
"""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views
from posture.web.limits import limit_exempt

app_name = "accounts"
urlpatterns = [
    path("login/", limit_exempt(views.Login.as_view()), name="login"),
    path("logout/", limit_exempt(LogoutView.as_view()), name="logout"),
    path("home/", views.home, name="home"),
    path("profile/", views.profile, name="profile"),
]
