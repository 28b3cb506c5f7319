"""The scenario packs as their screen shows them: what each is, and how far it is installed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chat.models import PackInstallation, Site, WorkerHeartbeat
from chat.models.packs import InstallationStatus
from chat.models.workers import WorkerRole
from chat.packs import PackHead, available, read_pack_head
from console.processes.ports import demo_shop_port, demo_url
from nlu.models import Workspace

TRADES: Final[dict[str, str | Promise]] = {
    "ecommerce": _("Online shop"),
    "finance": _("Bank"),
    "travel": _("Travel agency"),
    "telecom": _("Mobile and broadband"),
    "aftersales": _("Repairs of home appliances"),
}
ABILITIES: Final[dict[str, str | Promise]] = {
    "ecommerce": _("Order status, parcels, returns, refunds, exchanges, coupons, invoices, products compared."),
    "finance": _(
        "Balance, transactions, cards, lost cards, repayment, investments by risk, with the warnings due."
    ),
    "travel": _("Flight search and status, hotels, changes, cancellations and what they cost."),
    "telecom": _("Bills, top-up, plans compared and changed, roaming, lost SIM cards, broadband faults."),
    "aftersales": _("Fault diagnosis step by step, warranty, repair visits, parts, manuals."),
}
DEMO_PLACES: Final = {
    "ecommerce": "",
    "finance": "bank/",
    "travel": "travel/",
    "telecom": "telecom/",
    "aftersales": "repairs/",
}
"""Where the demo site has a page with the pack's widget, below the language."""


@dataclass(frozen=True, slots=True)
class PackCard:
    """One pack. `run` is its newest installation, None before the first; `is_ready`: its site can be tried."""

    head: PackHead
    trade: str | Promise
    abilities: str | Promise
    workspace: Workspace | None
    run: PackInstallation | None
    is_ready: bool
    demo_page: str
    elapsed: float | None
    waits: bool

    @property
    def is_open(self) -> bool:
        """Whether it is being installed."""
        return self.run is not None and self.run.is_open

    @property
    def share(self) -> float | None:
        """How far the step in work is, 0 to 1; None while nothing can be said."""
        run = self.run
        if run is None or run.status == InstallationStatus.QUEUED:
            return None
        if run.status == InstallationStatus.FILLING:
            return run.share_done
        return run.training.epoch / run.training.epochs if run.training and run.training.epochs else None


def pack_card(name: str, language: str) -> PackCard:
    """The card of a shipped pack."""
    head = read_pack_head(name)
    run = PackInstallation.objects.select_related("training", "workspace").filter(pack=name).first()
    workspace = Workspace.objects.filter(slug=head.workspace_slug).first()
    elapsed = None
    if run is not None and run.started_at is not None:
        elapsed = ((run.finished_at or timezone.now()) - run.started_at).total_seconds()
    waiting = run is not None and run.status == InstallationStatus.QUEUED
    return PackCard(
        head=head,
        trade=TRADES.get(name, head.workspace_name),
        abilities=ABILITIES.get(name, ""),
        workspace=workspace,
        run=run,
        is_ready=is_ready(head),
        demo_page=demo_page(name, language),
        elapsed=elapsed,
        waits=waiting and not WorkerHeartbeat.objects.alive(WorkerRole.DISPATCHER).exists(),
    )


def pack_cards(language: str) -> list[PackCard]:
    """All packs, the online shop first as `make run` installs it."""
    names = [name for name in TRADES if name in available()]
    return [pack_card(name, language) for name in names]


def is_ready(head: PackHead) -> bool:
    """Whether customers can be answered on the pack's site: there is a model in service behind it."""
    return Site.objects.filter(
        key=head.site_key, workspace__slug=head.workspace_slug, workspace__model_versions__status="active"
    ).exists()


def demo_page(name: str, language: str) -> str:
    """The page of the demo site that has this pack's widget; empty where this installation has no demo site."""
    port = demo_shop_port()
    if port is None or name not in DEMO_PLACES:
        return ""
    return f"{demo_url(port)}/{'en' if language == 'en' else 'zh'}/{DEMO_PLACES[name]}"
