"""The other trades of the demo site: one page each with the widget of its scenario pack, and what to ask there."""

from __future__ import annotations

from dataclasses import dataclass

from console.demo_shop.goods import Words


@dataclass(frozen=True, slots=True)
class Sample:
    """A number that the demo backend knows, and what it is."""

    number: str
    meaning: Words


@dataclass(frozen=True, slots=True)
class Trade:
    """A company of the demo site. `place`: its address below the language; `site_key`: its pack's site."""

    place: str
    pack: str
    site_key: str
    brand: Words
    line: Words
    lead: Words
    samples: tuple[Sample, ...]
    asks: tuple[Words, ...]


TRADES: tuple[Trade, ...] = (
    Trade(
        "bank",
        "finance",
        "demo-bank",
        Words("汀兰银行", "Tinglan Bank"),
        Words("把账算清楚", "Your money, in plain words"),
        Words(
            "查余额、查明细、申请信用卡、挂失、还款，也可以看看理财产品适不适合您。",
            "Balances, transactions, a new card, a lost card, repayments, and which investments suit you.",
        ),
        (
            Sample(
                "KH10023456", Words("客户号，名下卡尾号 8821 和 5517", "a customer with the cards 8821 and 5517")
            ),
            Sample("KH10034567", Words("客户号，卡尾号 3306", "a customer with the card 3306")),
        ),
        (
            Words("我卡里还有多少钱", "How much is left in my account?"),
            Words("有没有稳一点的理财", "Is there a safe investment?"),
            Words("银行卡丢了怎么办", "I have lost my bank card"),
        ),
    ),
    Trade(
        "travel",
        "travel",
        "demo-travel",
        Words("雁程旅行", "Wildgoose Travel"),
        Words("说走就走，说改就改", "Go when you like, change when you must"),
        Words(
            "查航班、订酒店、改签、退票，先告诉您要花多少钱。",
            "Flights, hotels, changes and refunds, and what they cost before you say yes.",
        ),
        (
            Sample("YC26031801", Words("可以改签的机票订单", "a flight booking that can be changed")),
            Sample("YC26031802", Words("另一张机票订单", "another flight booking")),
        ),
        (
            Words("帮我把机票往后挪两天", "Put my flight off by two days"),
            Words("周五去成都有哪些航班", "Which flights go to Chengdu on Friday?"),
            Words("退票要扣多少", "What does a refund cost me?"),
        ),
    ),
    Trade(
        "telecom",
        "telecom",
        "demo-telecom",
        Words("青梧通信", "Qingwu Telecom"),
        Words("信号满格，账单清楚", "Full bars, clear bills"),
        Words(
            "查账单、充话费、换套餐、开国际漫游、报宽带故障。",
            "Bills, top-ups, plans, roaming, and broadband that does not work.",
        ),
        (
            Sample("6012045883", Words("手机服务号码", "the service number of a mobile line")),
            Sample("6012260914", Words("欠费的手机服务号码", "a mobile line with a debt")),
        ),
        (
            Words("这个月话费怎么这么贵", "Why is my bill so high this month?"),
            Words("有没有流量更多的套餐", "Is there a plan with more data?"),
            Words("家里宽带上不了网", "Our broadband is down"),
        ),
    ),
    Trade(
        "repairs",
        "aftersales",
        "demo-aftersales",
        Words("松鹊服务", "Pinejay Service"),
        Words("先试一试，不行再上门", "Try this first; if not, we come"),
        Words(
            "家电哪里不对就说哪里，一步步排查；查保修、约师傅、查配件。",
            "Say what is wrong with your appliance and go through it step by step; warranty, visits, parts.",
        ),
        (
            Sample("SQWM25031527", Words("洗衣机的序列号，在保", "a washing machine under warranty")),
            Sample("SQWM20040088", Words("过保的洗衣机", "a washing machine out of warranty")),
        ),
        (
            Words("洗衣机不排水", "The washing machine does not drain"),
            Words("我的机器还在保修期吗", "Is my machine still under warranty?"),
            Words("约个师傅上门看看", "Send me a technician"),
        ),
    ),
)


def find_trade(place: str) -> Trade | None:
    """The trade at this address, or None."""
    return next((one for one in TRADES if one.place == place), None)
