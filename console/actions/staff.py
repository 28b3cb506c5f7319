"""Members of staff: their accounts, their roles, and whether they may still sign in."""

from __future__ import annotations

from collections.abc import Collection

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from chat.actions.agents import announce_rights
from console.permissions import ADMINISTRATOR, ROLES
from nlu.actions.audit import Actor, record
from nlu.errors import InvalidData


class LastAdministrator(InvalidData):
    """Nobody would be left who may manage staff."""


class SuperuserAccount(InvalidData):
    """Only a superuser changes a superuser's account."""


def may_manage(actor: Actor, user: User) -> bool:
    """Whether the account may be changed by the actor; None, the command line, may change every one."""
    return actor is None or not user.is_superuser or (isinstance(actor, User) and actor.is_superuser)


def ensure_roles() -> None:
    """Make the groups that stand for roles; harmless when they exist."""
    for role in ROLES:
        Group.objects.get_or_create(name=role)


def groups_of(roles: Collection[str]) -> list[Group]:
    """The groups of these roles; InvalidData for a role that does not exist."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown:
        raise InvalidData(f"There is no role {unknown[0]}; the roles are {', '.join(ROLES)}")
    ensure_roles()
    return list(Group.objects.filter(name__in=roles))


@transaction.atomic
def create_staff(
    *,
    username: str,
    password: str,
    roles: Collection[str],
    actor: Actor,
    full_name: str = "",
    email: str = "",
    superuser: bool = False,
) -> User:
    """A new account with these roles; a superuser may also open the back office.

    InvalidData when the name is taken or malformed, a role does not exist, or the password is too weak.
    """
    groups = groups_of(roles)
    user = User(username=username, first_name=full_name, email=email, is_staff=superuser, is_superuser=superuser)
    try:
        validate_password(password, user)
        user.set_password(password)
        user.full_clean()
    except ValidationError as error:
        raise InvalidData(" ".join(error.messages)) from None
    user.save()
    user.groups.set(groups)
    record(
        actor=actor,
        action="staff.created",
        target=user,
        summary=f"{username}: {', '.join(sorted(roles)) or 'no role'}",
    )
    return user


@transaction.atomic
def update_staff(
    *, user: User, full_name: str, email: str, roles: Collection[str], is_active: bool, actor: Actor
) -> User:
    """Change name, roles and whether the person may sign in. Switching an account off ends its sessions at once.

    LastAdministrator when nobody who is active could manage staff any more; SuperuserAccount.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not may_manage(actor, user):
        raise SuperuserAccount("Only a superuser changes a superuser's account")
    groups = groups_of(roles)
    stays = is_active and (user.is_superuser or ADMINISTRATOR in roles)
    if not stays and not other_administrators(user).exists():
        raise LastAdministrator("Somebody else must be an active administrator first")
    user.first_name = full_name
    user.email = email
    user.is_active = is_active
    user.save(update_fields=["first_name", "email", "is_active"])
    user.groups.set([*user.groups.exclude(name__in=ROLES), *groups])
    state = "" if is_active else ", switched off"
    record(
        actor=actor,
        action="staff.updated",
        target=user,
        summary=f"{user.username}: {', '.join(sorted(roles)) or 'no role'}{state}",
    )
    announce_rights(user=user)
    return user


@transaction.atomic
def set_staff_password(*, user: User, password: str, actor: Actor) -> User:
    """Give a person a new password; their sessions end. InvalidData when it is too weak; SuperuserAccount."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if not may_manage(actor, user):
        raise SuperuserAccount("Only a superuser changes a superuser's account")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidData(" ".join(error.messages)) from None
    user.set_password(password)
    user.save(update_fields=["password"])
    record(actor=actor, action="staff.password_set", target=user, summary=user.username)
    announce_rights(user=user)
    return user


def other_administrators(user: User) -> QuerySet[User]:
    """Active people beside this one who may manage staff."""
    active = User.objects.filter(is_active=True).exclude(pk=user.pk)
    return (active.filter(is_superuser=True) | active.filter(groups__name=ADMINISTRATOR)).distinct()
