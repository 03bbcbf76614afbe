"""Every area of the site, one include each."""

from django.urls import URLPattern, URLResolver, include, path

handler500 = "posture.web.limits.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("posture.pages.dashboard.urls")),
    path("", include("accounts.urls")),
    path("", include("posture.web.urls")),
    path("", include("posture.observability.urls")),
    path("findings/", include("posture.pages.findings.urls")),
    path("drift/", include("posture.pages.drift.urls")),
    path("accounts/", include("posture.pages.organization.urls")),
    path("inventory/", include("posture.pages.inventory.urls")),
    path("data/", include("posture.pages.data.urls")),
    path("identity/", include("posture.pages.identity.urls")),
    path("network/", include("posture.pages.network.urls")),
    path("entry/", include("posture.pages.entry.urls")),
    path("access/", include("posture.pages.access.urls")),
    path("clusters/", include("posture.pages.clusters.urls")),
    path("coverage/", include("posture.pages.coverage.urls")),
    path("outposts/", include("posture.pages.outposts.urls")),
    path("containers/", include("posture.pages.containers.urls")),
    path("practices/", include("posture.pages.practices.urls")),
    path("attestations/", include("posture.pages.attestations.urls")),
    path("manifests/", include("posture.pages.manifests.urls")),
    path("parameters/", include("posture.pages.parameters.urls")),
    path("permissions/", include("posture.pages.permissions.urls")),
    path("sweeps/", include("posture.pages.sweeps.urls")),
    path("settings/", include("accounts.onboarding.urls")),
    path("styleguide/", include("posture.pages.styleguide.urls")),
]
