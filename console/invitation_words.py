"""Why a rule does not invite, and when it does, in words."""

from __future__ import annotations

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language, get_language_info, ngettext
from django.utils.translation import gettext as _

from chat.models import Flow, InvitationRule
from chat.models.behaviour import BehaviourKind
from chat.proactive.reader import read_conditions
from chat.proactive.rules import Conditions, Reason, hours_text


def kind_word(kind: str) -> str:
    """An event in words."""
    return str(BehaviourKind(kind).label) if kind in BehaviourKind.values else kind


def language_word(code: str) -> str:
    """A language in its own words."""
    try:
        return str(get_language_info(code)["name_local"])
    except KeyError:
        return code


def days_word(days: str) -> str:
    """Days of the week from `1 5`."""
    return ", ".join(str(WEEKDAYS_ABBR[int(day) - 1]) for day in days.split())


def reason_text(reason: Reason) -> str:
    """One reason as a sentence."""
    wanted, found = reason.wanted, reason.found
    match reason.code:
        case "off":
            return _("It is off.")
        case "no_flow":
            return _("Its flow is not published, or off.")
        case "no_words":
            return _("It is not written in %(language)s.") % {"language": language_word(wanted)}
        case "locale":
            names = ", ".join(language_word(code) for code in wanted.split(", "))
            return _("It is for %(languages)s.") % {"languages": names}
        case "page":
            return _("%(page)s is none of its pages: %(pages)s.") % {"page": found, "pages": wanted}
        case "seconds":
            return _("It waits for %(wanted)s seconds on the page; these are %(found)s.") % {
                "wanted": wanted,
                "found": found,
            }
        case "event":
            return _("“%(event)s” has not happened within %(minutes)s minutes.") % {
                "event": kind_word(wanted),
                "minutes": found,
            }
        case "cart" if found:
            return _("The cart is worth %(found)s, less than %(wanted)s.") % {"found": found, "wanted": wanted}
        case "cart":
            return _("No cart is known; it wants at least %(wanted)s.") % {"wanted": wanted}
        case "currency":
            return _("The cart is in %(found)s, the rule in %(wanted)s.") % {"found": found, "wanted": wanted}
        case "visitor" if wanted == "new":
            return _("The visitor was here before.")
        case "visitor":
            return _("The visitor is here for the first time.")
        case "weekday":
            return _("It is for %(days)s.") % {"days": days_word(wanted)}
        case "hours":
            return _("It is %(now)s; the rule is for %(hours)s.") % {"now": found, "hours": wanted}
        case "outranked":
            return _("It fits, but “%(name)s” has the higher priority.") % {"name": found}
        case "day_limit":
            return _("The site invites a visitor at most %(count)s times a day.") % {"count": wanted}
        case "seen" | "quiet" | "refused" | "panel_open" | "with_person" | "task_under_way":
            return _("This visitor is not to be invited now.")


def conditions_text(conditions: Conditions) -> list[str]:
    """What a rule wants, a phrase for each condition; empty if it wants nothing."""
    phrases: list[str] = []
    if conditions.pages:
        phrases.append(_("on %(pages)s") % {"pages": ", ".join(conditions.pages)})
    if conditions.seconds:
        phrases.append(
            ngettext("after %(count)d second", "after %(count)d seconds", conditions.seconds)
            % {"count": conditions.seconds}
        )
    if conditions.event:
        phrases.append(_("after “%(event)s”") % {"event": kind_word(conditions.event)})
    if conditions.cart_at_least is not None:
        phrases.append(_("cart from %(amount)s") % {"amount": conditions.cart_at_least})
    if conditions.visitor == "new":
        phrases.append(_("first visit"))
    elif conditions.visitor == "returning":
        phrases.append(_("returning visitor"))
    if conditions.locales:
        phrases.append(", ".join(language_word(code) for code in conditions.locales))
    if conditions.weekdays:
        phrases.append(days_word(" ".join(map(str, conditions.weekdays))))
    if conditions.opens is not None:
        phrases.append(hours_text(conditions))
    return phrases


def flow_title(flow: Flow) -> str:
    """A flow's title in the reader's language; its name where it has none."""
    titles = flow.draft.get("title", {})
    found = titles.get((get_language() or "").lower()) if isinstance(titles, dict) else None
    return str(found or flow.name)


def rule_text(rule: InvitationRule) -> str:
    """The conditions of a row in one line."""
    return " · ".join(conditions_text(read_conditions(rule.conditions))) or _("always")
