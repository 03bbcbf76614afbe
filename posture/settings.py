"""Plumbline's settings, all from the environment; see docs/settings.md."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from posture import environment
from posture.environment import WrongSettingError
from posture.observability import logs

BASE_DIR = Path(__file__).resolve().parent.parent

try:
    DEBUG = environment.flag("PLUMBLINE_DEBUG", default=False)
    SECRET_KEY = environment.signing_key("PLUMBLINE_SECRET_KEY")
    # Keys the HMAC that stands in for secrets found in configurations; changing it shows as drift.
    # A weak one of before may be kept on purpose, so that no secret looks changed after an upgrade.
    ALLOW_WEAK_FINGERPRINT_KEY = environment.flag("PLUMBLINE_ALLOW_WEAK_FINGERPRINT_KEY", default=False)
    FINGERPRINT_KEY = environment.signing_key(
        "PLUMBLINE_FINGERPRINT_KEY", SECRET_KEY, allow_weak=ALLOW_WEAK_FINGERPRINT_KEY
    )
    ALLOWED_HOSTS = environment.words("PLUMBLINE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
    CSRF_TRUSTED_ORIGINS = environment.words("PLUMBLINE_TRUSTED_ORIGINS")
    HTTPS = environment.flag("PLUMBLINE_HTTPS", default=not DEBUG)
    AWS_ENDPOINT_URL = environment.text("AWS_ENDPOINT_URL", "")
    DATABASES = {
        "default": environment.database(
            environment.text("DATABASE_URL"), environment.text("PLUMBLINE_DATABASE_PASSWORD", "")
        )
    }
    REDIS_URL = environment.redis(environment.text("REDIS_URL"), environment.text("PLUMBLINE_REDIS_PASSWORD", ""))
    LOG_LEVEL = environment.choice("PLUMBLINE_LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR"))
    LOG_FORMAT = environment.choice("PLUMBLINE_LOG_FORMAT", "LINE", ("LINE", "JSON"))
    METRICS_TOKEN = environment.secret("PLUMBLINE_METRICS_TOKEN", least=24)
    DATABASE_POOL = environment.number("PLUMBLINE_DATABASE_POOL", 0)
    STATEMENT_SECONDS = environment.number("PLUMBLINE_STATEMENT_SECONDS", 30)
    PERSON_REQUESTS = environment.number("PLUMBLINE_PERSON_REQUESTS", 6, least=1)
    PERSON_EXPORTS = environment.number("PLUMBLINE_PERSON_EXPORTS", 2, least=1)
    EXTRA_APPS = environment.packages("PLUMBLINE_EXTRA_APPS")
    HISTORY_MONTHS = environment.number("PLUMBLINE_HISTORY_MONTHS", 0)
    HASHED_STATIC = environment.flag("PLUMBLINE_HASHED_STATIC", default=True)
    SWEEP_ACCOUNTS = environment.number("PLUMBLINE_SWEEP_ACCOUNTS", 4, least=1)
    SWEEP_THREADS = environment.number("PLUMBLINE_SWEEP_THREADS", 64, least=1)
    SWEEP_CALLS_PER_SECOND = environment.number("PLUMBLINE_SWEEP_CALLS_PER_SECOND", 0)
    SWEEP_ACCOUNT_SECONDS = environment.number("PLUMBLINE_SWEEP_ACCOUNT_SECONDS", 1800, least=60)
    SHORTCUTS = environment.shortcuts("PLUMBLINE_SHORTCUTS")
    EMAIL_HOST = environment.text("PLUMBLINE_MAIL_HOST", "")
    EMAIL_PORT = environment.number("PLUMBLINE_MAIL_PORT", 587, least=1)
    EMAIL_HOST_USER = environment.text("PLUMBLINE_MAIL_USER", "")
    EMAIL_HOST_PASSWORD = environment.text("PLUMBLINE_MAIL_PASSWORD", "")
    MAIL_SECURITY = environment.choice("PLUMBLINE_MAIL_SECURITY", "STARTTLS", ("STARTTLS", "TLS", "NONE"))
    # Both are needed once there is a mail server: who writes, and where the links of a mail lead.
    DEFAULT_FROM_EMAIL = environment.text("PLUMBLINE_MAIL_FROM", None if EMAIL_HOST else "")
    SITE_URL = environment.text("PLUMBLINE_SITE_URL", None if EMAIL_HOST else "")
except WrongSettingError as error:
    raise ImproperlyConfigured(str(error)) from error

if DATABASE_POOL:
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DATABASE_POOL}

INSTALLED_APPS = [
    # First, so that their commands and templates take the place of the site's.
    *EXTRA_APPS,
    "accounts",
    "posture.history",
    "posture.manifests",
    "posture.orchestration",
    "posture.web",
    "posture.pages.dashboard",
    "posture.pages.findings",
    "posture.pages.drift",
    "posture.pages.organization",
    "posture.pages.identity",
    "posture.pages.access",
    "posture.pages.inventory",
    "posture.pages.data",
    "posture.pages.network",
    "posture.pages.entry",
    "posture.pages.clusters",
    "posture.pages.coverage",
    "posture.pages.outposts",
    "posture.pages.containers",
    "posture.pages.attestations",
    "posture.pages.parameters",
    "posture.pages.permissions",
    "posture.pages.practices",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "csp",
    "axes",
    "django_filters",
    "django_htmx",
    "django_rq",
    "django_tables2",
]

MIDDLEWARE = [
    "posture.health.probes",
    "posture.observability.requests.timed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Static files are answered before, compressed when they were gathered.
    "posture.web.compression.CompressPages",
    "posture.web.limits.forbid_storing",
    "csp.middleware.CSPMiddleware",
    "posture.web.parameters.reject_malformed",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Deny by default: a view must opt out of the login with @login_not_required.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "posture.web.lists.RefuseExports",
    "posture.web.limits.LimitRequests",
    # Within the limit: a picture's file is drawn in its person's slot.
    "posture.web.picture_files.PictureFiles",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "posture.web.limits.SlowQueries",
]

ROOT_URLCONF = "posture.urls"
WSGI_APPLICATION = "posture.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.static",
                "posture.web.templatetags.charts",
                "posture.web.templatetags.help_texts",
                "posture.web.templatetags.links",
                "posture.web.templatetags.marks",
                "posture.web.templatetags.plumb",
                "posture.web.templatetags.resources",
                "posture.web.templatetags.words",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "posture.web.context.frame",
            ],
        },
    },
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "accounts:home"
LOGOUT_REDIRECT_URL = "accounts:login"

AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_VERBOSE = False
# Attempts during a lock-out neither count nor make it longer: nobody can keep somebody else locked out.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "posture.observability.clients.axes_address"
AXES_WHITELIST_CALLABLE = "accounts.throttling.skip_axes"
AXES_LOCKOUT_CALLABLE = "accounts.throttling.lock_out"
# The site's own security events say who and from where; see docs/observability.md.
AXES_SENSITIVE_PARAMETERS: list[str] = []

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = False  # A proxy terminates TLS and redirects; see docs/deploy.md.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # the site's own name is its own; what its siblings serve is not for us to say
    "security.W008",  # the proxy redirects, as said above
    "security.W021",  # the same for lists that browsers preload
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
FILE_UPLOAD_HANDLERS = ["posture.web.uploads.BoundedUpload"]
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Hashed names are served from what `collectstatic` gathered; without them, from the source folders.
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if HASHED_STATIC
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = not HASHED_STATIC

EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SECURITY == "STARTTLS", MAIL_SECURITY == "TLS"
EMAIL_TIMEOUT = 30

RQ_QUEUES = {name: {"URL": REDIS_URL} for name in ("default", "sweeps")}
# Jobs run in the worker's own process: AWS clients are expensive to make, and are kept from account to account.
RQ = {"WORKER_CLASS": "posture.orchestration.worker.SweepWorker"}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL},
}

LOGGING = logs.configuration(LOG_LEVEL, LOG_FORMAT)

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DJANGO_TABLES2_TEMPLATE = "web/table.html"
