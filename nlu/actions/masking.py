"""Masking rules: their rows, and the compiled masker that everything passes through before it is stored."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from nlu.actions.audit import Actor, record
from nlu.errors import InvalidData, InvalidPattern
from nlu.masking.engine import LABEL_LENGTH, PATTERN, Masked, Masker, Rule, check_label, compile_rules
from nlu.masking.patterns import MAX_LENGTH, check_pattern
from nlu.models import MaskingRule, Workspace
from nlu.models.masking import Recognizer
from nlu.vault_keys import has_key

MAX_RULES = 200
NAME_LENGTH = 80
# Seconds for which a process may still mask by rules that another process has changed.
REFRESH_SECONDS = 2.0
_POSITION_STEP = 10

_DEFAULTS: dict[str, tuple[tuple[str, str, str], ...]] = {
    # recognizer, name, label; in the order in which they are tried
    "zh": (
        (Recognizer.RESIDENT_ID, "居民身份证号", "身份证号"),
        (Recognizer.BANK_CARD, "银行卡号", "银行卡号"),
        (Recognizer.EMAIL, "电子邮箱", "邮箱"),
        (Recognizer.MOBILE, "手机号码", "手机号"),
    ),
    "en": (
        (Recognizer.RESIDENT_ID, "Resident identity number", "ID number"),
        (Recognizer.BANK_CARD, "Bank card number", "bank card"),
        (Recognizer.EMAIL, "E-mail address", "e-mail"),
        (Recognizer.MOBILE, "Mobile number", "mobile number"),
    ),
}


@dataclass(frozen=True, slots=True)
class _Compiled:
    checked_at: float
    rules: tuple[Rule, ...]
    masker: Masker


_compiled: dict[int, _Compiled] = {}
_compiling = threading.Lock()


def mask_text(workspace_id: int, text: str) -> Masked:
    """The text with what the workspace's rules in use find replaced, and the spans. Safe to call from any thread.

    Rules changed by this process hold at once, by another one after at most REFRESH_SECONDS. An error of the
    database passes through: nothing may be stored that could not be masked.
    """
    return _masker(workspace_id).mask(text)


def mask_for_workspace(workspace_id: int, text: str) -> str:
    """As `mask_text`, the text alone."""
    return mask_text(workspace_id, text).text


def active_rules(workspace_id: int) -> tuple[Rule, ...]:
    """The rules in use, in their order, as the engine takes them (also for its `explain`)."""
    rows = MaskingRule.objects.filter(workspace_id=workspace_id, enabled=True).order_by("position", "id")
    return tuple(
        Rule(name=name, recognizer=recognizer, label=label, pattern=pattern, keep=keep)
        for name, recognizer, label, pattern, keep in rows.values_list(
            "name", "recognizer", "label", "pattern", "keeps_original"
        )
    )


def forget_compiled_rules(workspace_id: int | None = None) -> None:
    """Have the rules read again at the next text, of one workspace or of all."""
    with _compiling:
        if workspace_id is None:
            _compiled.clear()
        else:
            _compiled.pop(workspace_id, None)


def _masker(workspace_id: int) -> Masker:
    known = _compiled.get(workspace_id)
    if known is not None and time.monotonic() - known.checked_at < REFRESH_SECONDS:
        return known.masker
    checked_at = time.monotonic()
    rules = active_rules(workspace_id)
    masker = known.masker if known is not None and known.rules == rules else compile_rules(rules)
    with _compiling:
        _compiled[workspace_id] = _Compiled(checked_at, rules, masker)
    return masker


@transaction.atomic
def ensure_default_rules(workspace: Workspace) -> list[MaskingRule]:
    """The built-in rules that the workspace lacks, in use from the start; returns those it made."""
    language = "zh" if workspace.default_locale.startswith("zh") else "en"
    existing = set(workspace.masking_rules.values_list("recognizer", flat=True))
    made = [
        MaskingRule.objects.create(
            workspace=workspace, name=name, recognizer=recognizer, label=label, position=number * _POSITION_STEP
        )
        for number, (recognizer, name, label) in enumerate(_DEFAULTS[language], start=1)
        if recognizer not in existing
    ]
    _changed(workspace.pk)
    return made


@transaction.atomic
def create_rule(
    *,
    workspace: Workspace,
    name: str,
    recognizer: str,
    label: str,
    pattern: str = "",
    enabled: bool = True,
    keeps_original: bool = False,
    actor: Actor,
) -> MaskingRule:
    """A new rule, tried last. InvalidData if a field cannot be used; its message is for the form."""
    if workspace.masking_rules.count() >= MAX_RULES:
        raise InvalidData(_("There are already %(count)d rules, the most there may be.") % {"count": MAX_RULES})
    fields = _checked(workspace, name, recognizer, label, pattern)
    _check_keeping(keeps_original=keeps_original)
    last = workspace.masking_rules.order_by("-position").first()
    position = (last.position if last else 0) + _POSITION_STEP
    rule = MaskingRule.objects.create(
        workspace=workspace,
        name=fields.name,
        recognizer=fields.recognizer,
        label=fields.label,
        pattern=fields.pattern,
        position=position,
        enabled=enabled,
        keeps_original=keeps_original,
    )
    summary = f"{rule.name} (keeps the original)" if keeps_original else rule.name
    record(actor=actor, action="masking_rule.created", target=rule, workspace=workspace, summary=summary)
    _changed(workspace.pk)
    return rule


@transaction.atomic
def update_rule(
    *,
    rule: MaskingRule,
    name: str | None = None,
    recognizer: str | None = None,
    label: str | None = None,
    pattern: str | None = None,
    enabled: bool | None = None,
    keeps_original: bool | None = None,
    actor: Actor,
) -> MaskingRule:
    """Change the given fields. Texts stored before stay as they are. InvalidData if a field cannot be used."""
    rule = MaskingRule.objects.select_for_update().select_related("workspace").get(pk=rule.pk)
    fields = _checked(
        rule.workspace,
        rule.name if name is None else name,
        rule.recognizer if recognizer is None else recognizer,
        rule.label if label is None else label,
        rule.pattern if pattern is None else pattern,
        except_id=rule.pk,
    )
    rule.name, rule.recognizer, rule.label, rule.pattern = (
        fields.name,
        fields.recognizer,
        fields.label,
        fields.pattern,
    )
    if enabled is not None:
        rule.enabled = enabled
    if keeps_original is not None:
        _check_keeping(keeps_original=keeps_original)
        rule.keeps_original = keeps_original
    rule.save()
    state = "in use" if rule.enabled else "not in use"
    if rule.keeps_original:
        state += ", keeps the original"
    record(
        actor=actor,
        action="masking_rule.updated",
        target=rule,
        workspace=rule.workspace,
        summary=f"{rule.name} ({state})",
    )
    _changed(rule.workspace_id)
    return rule


@transaction.atomic
def delete_rule(*, rule: MaskingRule, actor: Actor) -> None:
    """Remove the rule; what it masked stays masked."""
    record(actor=actor, action="masking_rule.deleted", target=rule, workspace=rule.workspace, summary=rule.name)
    workspace_id = rule.workspace_id
    rule.delete()
    _changed(workspace_id)


@transaction.atomic
def move_rule(*, rule: MaskingRule, steps: int, actor: Actor) -> MaskingRule:
    """Move the rule that many places down (negative: up), as far as the list goes; earlier rules win."""
    rules = list(
        MaskingRule.objects.select_for_update().filter(workspace_id=rule.workspace_id).order_by("position", "id")
    )
    old = next((index for index, other in enumerate(rules) if other.pk == rule.pk), None)
    if old is None:
        raise InvalidData(_("This rule does not exist any more."))
    moved = rules.pop(old)
    new = min(max(old + steps, 0), len(rules))
    rules.insert(new, moved)
    for number, other in enumerate(rules, start=1):
        other.position = number * _POSITION_STEP
    MaskingRule.objects.bulk_update(rules, ["position"])
    record(
        actor=actor,
        action="masking_rule.moved",
        target=moved,
        workspace=moved.workspace,
        summary=f"{moved.name}: {old + 1} -> {new + 1}",
    )
    _changed(rule.workspace_id)
    return moved


def _check_keeping(*, keeps_original: bool) -> None:
    """InvalidData where originals shall be kept and there is no key to seal them with."""
    if keeps_original and not has_key():
        raise InvalidData(_("Originals cannot be kept: this installation has no vault key (VAULT_KEY)."))


def _changed(workspace_id: int) -> None:
    forget_compiled_rules(workspace_id)
    # Another thread may have read the old rows before the commit.
    transaction.on_commit(lambda: forget_compiled_rules(workspace_id))


def _checked(
    workspace: Workspace, name: str, recognizer: str, label: str, pattern: str, *, except_id: int | None = None
) -> Rule:
    name, label = name.strip(), label.strip()
    if not name or len(name) > NAME_LENGTH:
        raise InvalidData(_("A name has 1 to %(count)d characters.") % {"count": NAME_LENGTH})
    same_name = workspace.masking_rules.filter(name=name).first()
    if same_name is not None and same_name.pk != except_id:
        raise InvalidData(_("There is already a rule with this name."))
    if recognizer not in Recognizer.values:
        raise InvalidData(_("There is no such recognizer."))
    try:
        check_label(label)
    except InvalidData:
        raise InvalidData(
            _("A label has 1 to %(count)d characters, without brackets, # and line breaks.")
            % {"count": LABEL_LENGTH}
        ) from None
    if recognizer != PATTERN:
        return Rule(name, recognizer, label)
    try:
        check_pattern(pattern)
    except InvalidPattern as error:
        raise InvalidData(pattern_message(error)) from None
    return Rule(name, recognizer, label, pattern)


def pattern_message(error: InvalidPattern) -> str:
    """What is wrong with an expression, for the person who wrote it."""
    messages = {
        "empty": _("The pattern is empty."),
        "too_long": _("The pattern has more than %(count)d characters.") % {"count": MAX_LENGTH},
        "matches_empty": _("The pattern also matches nothing at all; it would mask between all characters."),
        "unsupported": _("Look-around and back-references are not available in RE2: %(detail)s")
        % {"detail": error.detail},
        "too_large": _("The pattern needs too much memory; use smaller repetitions."),
    }
    return messages.get(error.code) or _("The pattern cannot be read: %(detail)s") % {"detail": error.detail}
