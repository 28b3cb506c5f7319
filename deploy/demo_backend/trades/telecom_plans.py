"""Routes about plans and leaving: what a line may change to, the change, the number's way to another operator."""

from __future__ import annotations

from datetime import date, timedelta
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter

from deploy.demo_backend.errors import Refused
from deploy.demo_backend.store import StoreHolder
from deploy.demo_backend.trades.telecom_data import PLANS, Plan
from deploy.demo_backend.trades.telecom_models import (
    PlanChange,
    PlanList,
    PlanOffer,
    PlanOrder,
    PortCheck,
    PortCode,
    Withdrawn,
)
from deploy.demo_backend.trades.telecom_store import (
    DAYS_BEFORE_PORT,
    Line,
    Store,
    exit_fee,
    money,
    month_start,
    plan_named,
)

CODE_DAYS: Final = 15


def add_plan_routes(routes: APIRouter, holder: StoreHolder[Store]) -> None:
    """Register them."""

    @routes.get("/lines/{service_no}/plans", summary="Plans that the line could change to")
    async def offers(service_no: str) -> PlanList:
        """All others of its kind, and not below the contract's."""
        line = holder.current.line(service_no)
        least = least_fee(line, holder.today())
        fitting = [
            PlanOffer(
                code=plan.code,
                name_zh=plan.name_zh,
                name_en=plan.name_en,
                fee=plan.fee,
                summary_zh=summary_zh(plan),
                summary_en=summary_en(plan),
            )
            for plan in PLANS
            if plan.kind == line.plan.kind and plan != line.plan and plan.fee >= least
        ]
        return PlanList(items=fitting)

    @routes.get("/lines/{service_no}/plan-change", summary="Whether a plan can be changed to")
    async def check(service_no: str, plan: str) -> PlanChange:
        """404 `no_plan`; 409 `pending`, `debt`, `suspended`, `wrong_kind`, `same_plan`, `contract`."""
        line = holder.current.line(service_no)
        return change_of(line, allowed_plan(line, plan, holder.today()), holder.today())

    @routes.post("/lines/{service_no}/plan-change", summary="Change the plan", status_code=HTTPStatus.CREATED)
    async def change(service_no: str, order: PlanOrder) -> PlanChange:
        """From the 1st of next month; the same refusals as the check."""
        line = holder.current.line(service_no)
        line.pending_plan = allowed_plan(line, order.plan, holder.today())
        return change_of(line, line.pending_plan, holder.today())

    @routes.post("/lines/{service_no}/plan-change/withdraw", summary="Take a change of plan back")
    async def withdraw(service_no: str) -> Withdrawn:
        """404 `nothing_pending`."""
        line = holder.current.line(service_no)
        if line.pending_plan is None:
            raise Refused(HTTPStatus.NOT_FOUND, "nothing_pending", "No change of plan is under way.")
        line.pending_plan = None
        return Withdrawn(plan_zh=line.plan.name_zh, plan_en=line.plan.name_en)

    @routes.get("/lines/{service_no}/port-out", summary="Whether the number may leave")
    async def port_check(service_no: str) -> PortCheck:
        """All that is in the way at once; 409 `not_mobile`."""
        line = holder.current.line(service_no)
        return port_check_of(line, holder.today())

    @routes.post("/lines/{service_no}/port-out/code", summary="Send the code", status_code=HTTPStatus.CREATED)
    async def port_code(service_no: str) -> PortCode:
        """By text, valid for 15 days; 409 `not_eligible`, `not_mobile`."""
        line = holder.current.line(service_no)
        if port_check_of(line, holder.today()).eligible == "no":
            raise Refused(HTTPStatus.CONFLICT, "not_eligible", "Something is in the way, see the check.")
        line.code_valid_until = holder.today() + timedelta(days=CODE_DAYS)
        return PortCode(valid_until=line.code_valid_until)


def least_fee(line: Line, today: date) -> int:
    """The fee that the contract does not allow to go below."""
    return line.contract.plan.fee if line.contract is not None and line.contract.ends_on >= today else 0


def allowed_plan(line: Line, name: str, today: date) -> Plan:
    """The plan if the line may change to it; otherwise Refused."""
    plan = plan_named(name)
    if plan is None:
        raise Refused(HTTPStatus.NOT_FOUND, "no_plan", "There is no such plan.")
    refusals = (
        (line.pending_plan is not None, "pending", "A change is under way already; one a month."),
        (line.owed > 0, "debt", "The debt has to be paid first."),
        (line.status != "active", "suspended", "The line is cut off."),
        (plan.kind != line.plan.kind, "wrong_kind", "The plan is for another kind of line."),
        (plan == line.plan, "same_plan", "The line is on this plan."),
        (plan.fee < least_fee(line, today), "contract", "The contract does not allow a smaller plan."),
    )
    for holds, code, message in refusals:
        if holds:
            raise Refused(HTTPStatus.CONFLICT, code, message)
    return plan


def change_of(line: Line, plan: Plan, today: date) -> PlanChange:
    """The change as it is shown."""
    return PlanChange(
        from_zh=line.plan.name_zh,
        from_en=line.plan.name_en,
        to_zh=plan.name_zh,
        to_en=plan.name_en,
        old_fee=line.plan.fee,
        new_fee=plan.fee,
        summary_zh=summary_zh(plan),
        summary_en=summary_en(plan),
        starts_on=month_start(today, 1),
    )


def summary_zh(plan: Plan) -> str:
    """What is in a plan, in Chinese."""
    parts = [f"{plan.data_gb} GB 流量", f"{plan.minutes} 分钟通话"] if plan.data_gb else []
    parts += [f"{plan.mbps}M 宽带"] if plan.mbps else []
    parts += [f"{plan.extra_sims} 张副卡"] if plan.extra_sims else []
    return "、".join(parts)


def summary_en(plan: Plan) -> str:
    """What is in a plan, in English."""
    parts = [f"{plan.data_gb} GB", f"{plan.minutes} minutes"] if plan.data_gb else []
    parts += [f"{plan.mbps} Mbps broadband"] if plan.mbps else []
    parts += [f"{plan.extra_sims} extra SIM{'s' if plan.extra_sims > 1 else ''}"] if plan.extra_sims else []
    return ", ".join(parts)


def port_check_of(line: Line, today: date) -> PortCheck:
    """Everything that keeps the number here; Refused for broadband."""
    if line.plan.kind != "mobile":
        raise Refused(HTTPStatus.CONFLICT, "not_mobile", "Only mobile numbers can leave.")
    reasons: list[tuple[str, str]] = []
    earliest = today
    if line.status == "suspended_identity":
        reasons.append(("实名登记还没完成", "the identity is not registered"))
    elif line.status == "suspended_loss":
        reasons.append(("号码处于挂失状态", "the SIM is reported lost"))
    if line.owed > 0:
        reasons.append((f"欠费 {money(line.owed)} 元", f"{money(line.owed)} yuan are owed"))
    fee = exit_fee(line, today)
    if line.contract is not None and line.contract.ends_on >= today:
        end = line.contract.ends_on
        earliest = max(earliest, end + timedelta(days=1))
        reasons.append((f"合约到 {end} 才到期", f"the contract runs until {end}"))
    if line.number_agreement_until is not None and line.number_agreement_until >= today:
        end = line.number_agreement_until
        earliest = max(earliest, end + timedelta(days=1))
        reasons.append((f"靓号协议到 {end}", f"the special number's agreement runs until {end}"))
    free_from = line.opened_on + timedelta(days=DAYS_BEFORE_PORT)
    if free_from > today:
        earliest = max(earliest, free_from)
        reasons.append((f"入网不满 {DAYS_BEFORE_PORT} 天", f"the line is younger than {DAYS_BEFORE_PORT} days"))
    return PortCheck(
        eligible="no" if reasons else "yes",
        reasons_zh="；".join(zh for zh, _en in reasons),
        reasons_en="; ".join(en for _zh, en in reasons),
        exit_fee=money(fee),
        earliest=earliest.isoformat() if earliest > today else "",
    )
