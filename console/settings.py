"""All settings, read from the environment (`console/env.py`); `.env.example` lists every variable.

There is one file and no dev/prod variants: without any variable this is a small installation on SQLite that
`make run` starts; `DATABASE_URL` and `REDIS_URL` alone turn it into a large one.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from console import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = env.path("XIAOER_VAR", BASE_DIR / "var")
VAR_DIR.mkdir(parents=True, exist_ok=True)


def kept_secret(file: Path) -> str:
    """The installation's own secret key, made at the first start and kept in `file` (mode 0600)."""
    try:
        with file.open("x", encoding="utf-8") as handle:
            file.chmod(0o600)
            handle.write(secrets.token_urlsafe(50))
    except FileExistsError:
        # Another start made it; read what it kept.
        return file.read_text(encoding="utf-8").strip() or kept_secret_failed(file)
    return file.read_text(encoding="utf-8").strip()


def kept_secret_failed(file: Path) -> str:
    """Refuse to start on an empty key file: sessions signed with an empty key are forgeable."""
    raise ImproperlyConfigured(f"{file} is empty; delete it to make a new secret key, or set SECRET_KEY")


def derived_secret(key: str, purpose: str) -> str:
    """A secret for one purpose that tells nothing of the key it is made from."""
    return hmac.new(key.encode(), purpose.encode(), "sha256").hexdigest()


# --- The installation -------------------------------------------------------------------------------------------
DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", "") or kept_secret(VAR_DIR / "secret_key")
PORT = env.integer("PORT", 8000, minimum=1, maximum=65533)
BIND = env.text("BIND", "127.0.0.1")
# The address that people's browsers use, without a trailing slash; it decides cookies' Secure flag and HSTS.
PUBLIC_URL = env.text("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
SECURE = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
# How many reverse proxies stand in front; X-Forwarded-For is believed for exactly that many hops.
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 0, maximum=5)
DEMO_SHOP = env.boolean("DEMO_SHOP", default=True)
# The demo business backend on PORT + 2, which the packs' flows call. Its token is derived from the secret key:
# nobody can guess it, every process knows it, and it is the same after a restart without a file of its own.
# What the demo shop signs its customers' identity with, as any shop has a key of its site.
DEMO_SHOP_KEY = derived_secret(SECRET_KEY, "demo shop")
DEMO_BACKEND = env.boolean("DEMO_BACKEND", default=True)
DEMO_BACKEND_TOKEN = env.secret("DEMO_BACKEND_TOKEN", "") or derived_secret(SECRET_KEY, "demo backend")
# Where this machine's processes reach it; empty if it is off.
DEMO_BACKEND_URL = f"http://{env.reachable(BIND)}:{PORT + 2}" if DEMO_BACKEND else ""
# Lets Prometheus read /metrics from another machine (Authorization: Bearer …); without it only this one may.
METRICS_TOKEN = env.secret("METRICS_TOKEN", "")

# Private addresses that requests to configured addresses may go to, as exact host:port pairs (nlu/egress); public
# ones need no entry. The demo backend's is the only one that is allowed by itself.
EGRESS_ALLOW = env.host_ports("EGRESS_ALLOW", [f"{env.reachable(BIND)}:{PORT + 2}"] if DEMO_BACKEND else [])

# --- Applications -----------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "console.apps.ConsoleConfig",
    "chat.apps.ChatConfig",
    "nlu.apps.NluConfig",
    "console.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "heroicons",
    "csp",
    "axes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "console.middleware.StaffLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "console.middleware.FragmentNoticesMiddleware",
    "console.middleware.PrivateResponseMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "console.urls"
ASGI_APPLICATION = "console.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "console.context.console",
            ],
        },
    }
]

# Keys of the vault, outside the database: from the environment, or from a file that `prepare` makes once.
VAULT_KEY = env.secret("VAULT_KEY", "")
VAULT_KEY_PATH = VAR_DIR / "vault_key"
# Days after which a kept original is deleted; 0 keeps it as long as its conversation.
VAULT_DAYS = env.integer("VAULT_DAYS", 30, maximum=3650)

# --- Data -------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.database("DATABASE_URL", VAR_DIR / "xiaoer.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.secret("REDIS_URL", "")
MODEL_DIR = env.path("MODEL_DIR", VAR_DIR / "models")

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

# --- Live transport ---------------------------------------------------------------------------------------------
# Not channels_redis: its pubsub layer loses what is published while it reconnects and never says so (chat/bus.py).
CHANNEL_LAYERS: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "chat.bus.RedisLayer", "CONFIG": {"url": REDIS_URL}}
    if REDIS_URL
    else {"BACKEND": "chat.hub.InProcessLayer"}
}
# Limits of one socket (messages and frames a second, both in bursts) and of one address (sockets at once).
SOCKET_MESSAGES_PER_SECOND = env.integer("SOCKET_MESSAGES_PER_SECOND", 10, minimum=1)
SOCKET_FRAMES_PER_SECOND = env.integer("SOCKET_FRAMES_PER_SECOND", 40, minimum=1)
SOCKETS_PER_ADDRESS = env.integer("SOCKETS_PER_ADDRESS", 1_000, minimum=1)
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"

# --- People and sessions ----------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "console:login"
LOGIN_REDIRECT_URL = "console:dashboard"
LOGOUT_REDIRECT_URL = "console:login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours; a lock must never keep the only administrator out for long
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_IPWARE_PROXY_COUNT = TRUSTED_PROXIES or None
AXES_LOCKOUT_TEMPLATE = "console/login_locked.html"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "console.views.errors.csrf_failed"

# --- Browser security -------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = SECURE
# Orchestrators and Prometheus ask inside the network, without TLS.
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Languages and time -----------------------------------------------------------------------------------------
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LANGUAGE_CODE = env.choice("DEFAULT_LANGUAGE", "zh-hans", [code for code, _name in LANGUAGES])
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
# Holds the clock of conversations and of the demo backend still (ISO 8601), so that recorded conversations, which
# speak of their own days, can be had again through real sockets. Refused where it could be customers who speak.
DEMO_CLOCK = env.held_clock("DEMO_CLOCK", TIME_ZONE, on_trial=DEMO_BACKEND and env.only_here(BIND, PUBLIC_URL))

# --- Files ------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", VAR_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "console.staticfiles.ModuleStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- Interface for programs -------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["chat.api.parsing.StrictJSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["chat.api.authentication.ApiTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["chat.api.authentication.HasScope"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "chat.api.pagination.ApiPagination",
    "DEFAULT_THROTTLE_CLASSES": ["chat.api.throttling.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "token": env.text("API_RATE", "600/min"),
        "session": env.text("SESSION_RATE", "1200/min"),
        "behaviour": env.text("BEHAVIOUR_RATE", "120/min"),
    },
    "NUM_PROXIES": TRUSTED_PROXIES,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Xiaoer",
    "DESCRIPTION": "Customer service that a company can run, teach and trust.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# --- Work in the background (docs/architecture.md, "Jobs") ------------------------------------------------------
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
# A child that trained a model gives its memory back before the next job (kB).
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_TASK_TIME_LIMIT = 660
CELERY_TASK_SOFT_TIME_LIMIT = 600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Redis gives a message to somebody else after this long: longer than the longest task (nlu/tasks.py).
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = (
    {"visibility_timeout": 6 * 3600} if REDIS_URL else {"polling_interval": 0.1}
)
CELERY_TASK_ROUTES = {
    task: {"queue": "training"}
    for task in (
        *("nlu.run_training", "nlu.train_encoder", "nlu.run_gate", "nlu.generate_utterances"),
        *("chat.rehearse", "chat.install_pack"),
    )
}
CELERY_TASK_DEFAULT_QUEUE = "default"

# --- Logs: one line an event, never a customer's words ----------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "console.logging.LineFormatter"}},
    "filters": {"expected_no": {"()": "console.logging.ExpectedNo"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["expected_no"]},
        "daphne": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        # At DEBUG it would write the headers of answers.
        "httpcore2": {"level": "WARNING"},
    },
}
