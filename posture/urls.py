"""Every area of the site, one include each."""

from django.urls import URLPattern, URLResolver, include, path

handler500 = "posture.web.limits.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("posture.dashboard.urls")),
    path("", include("accounts.urls")),
    path("", include("posture.web.urls")),
    path("", include("posture.observing.urls")),
    path("findings/", include("posture.findings.urls")),
    path("drift/", include("posture.drift.urls")),
    path("accounts/", include("posture.estate.urls")),
    path("inventory/", include("posture.inventory.urls")),
    path("data/", include("posture.data.urls")),
    path("network/", include("posture.network.urls")),
    path("coverage/", include("posture.coverage.urls")),
    path("outposts/", include("posture.outposts.urls")),
    path("practices/", include("posture.practices.urls")),
    path("permissions/", include("posture.permitting.urls")),
    path("sweeps/", include("posture.sweeping.urls")),
    path("settings/", include("accounts.onboarding.urls")),
    path("styleguide/", include("posture.styleguide.urls")),
]
