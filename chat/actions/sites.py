"""Sites: where a widget may stand, and in which language it greets."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from chat.errors import InvalidInput
from chat.models import Site
from nlu.actions.audit import Actor, record
from nlu.models import Workspace

MOST_ORIGINS = 100


@transaction.atomic
def create_site(
    *, workspace: Workspace, name: str, key: str, locale: str, origins: str, enabled: bool = True, actor: Actor
) -> Site:
    """A new site. InvalidInput, with a message for the form, when a field cannot be used."""
    site = Site(workspace=workspace, name=name, key=key, locale=locale, origins=tidy(origins), enabled=enabled)
    check(site)
    site.save()
    record(
        actor=actor, action="site.created", target=site, workspace=workspace, summary=f"{site.name} ({site.key})"
    )
    return site


@transaction.atomic
def update_site(*, site: Site, name: str, locale: str, origins: str, enabled: bool, actor: Actor) -> Site:
    """Change everything but the key, which stands in the pages of others. InvalidInput."""
    site = Site.objects.select_for_update().get(pk=site.pk)
    site.name = name
    site.locale = locale
    site.origins = tidy(origins)
    site.enabled = enabled
    check(site)
    site.save(update_fields=["name", "locale", "origins", "enabled"])
    record(
        actor=actor,
        action="site.updated",
        target=site,
        workspace=site.workspace,
        summary=f"{site.name} ({site.key})" + ("" if enabled else ", switched off"),
    )
    return site


def tidy(origins: str) -> str:
    """One origin a line, each once, in lower case as browsers send it."""
    return "\n".join(dict.fromkeys(line.strip().lower() for line in origins.splitlines() if line.strip()))


def check(site: Site) -> None:
    """InvalidInput unless the row's own rules hold and the key is free."""
    if len(site.allowed_origins) > MOST_ORIGINS:
        raise InvalidInput(_("At most %(count)d addresses.") % {"count": MOST_ORIGINS})
    if Site.objects.filter(key=site.key).exclude(pk=site.pk or 0).exists():
        raise InvalidInput(_("Another site has this key."))
    try:
        site.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise InvalidInput(" ".join(error.messages)) from None
