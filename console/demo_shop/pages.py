"""The shop's pages, in two languages; only their head knows who is signed in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.template import Context, Engine

from console.demo_shop.goods import GOODS, ORDERS, Goods, Order, Words, find_goods
from console.demo_shop.shoppers import SHOPPERS, find_shopper
from console.demo_shop.trades import TRADES, Trade, find_trade

HERE = Path(__file__).resolve().parent
LANGUAGES = {"zh": "zh-Hans", "en": "en"}
SITE_KEY = "demo-shop"
IDENTITY = "identity"
SIGN_IN = "sign-in/"

TEXTS = {
    "shop": Words("灯笼市集", "Lantern Market"),
    "tagline": Words("日常好物，慢慢挑", "Good things for every day"),
    "lead": Words(
        "衣物、小家电、数码与家居，全场满 99 元包邮，七天无理由退货。",
        "Clothes, small appliances, gadgets and things for the home. "
        "Free delivery from 99 yuan, seven days to return.",
    ),
    "goods": Words("本周上架", "New this week"),
    "orders": Words("我的订单", "My orders"),
    "home": Words("首页", "Home"),
    "buy": Words("加入购物车", "Add to basket"),
    "sold_out": Words("演示商店，不会真的下单", "A demo shop: nothing is really ordered"),
    "bought": Words("已加入购物车", "It is in your basket"),
    "checkout": Words("结算", "Checkout"),
    "basket_empty": Words("购物车是空的。", "Your basket is empty."),
    "sum": Words("合计", "Total"),
    "by_card": Words("银行卡付款", "Pay by card"),
    "on_delivery": Words("货到付款", "Cash on delivery"),
    "declined": Words(
        "银行拒绝了这笔付款，订单为您保留 30 分钟。（演示商店：所有银行卡都会被拒。）",
        "The bank declined the payment; your order is kept for 30 minutes. (A demo shop declines every card.)",
    ),
    "ordered": Words("谢谢！（演示商店，不会真的发货。）", "Thank you! (A demo shop: nothing is really sent.)"),
    "order_no": Words("订单号", "Order number"),
    "placed": Words("下单日期", "Placed"),
    "status": Words("状态", "Status"),
    "total": Words("实付", "Paid"),
    "skip": Words("跳到内容", "Skip to content"),
    "help": Words(
        "有问题？点右下角的对话，随时可以问。", "A question? The chat at the bottom corner answers at any time."
    ),
    "service": Words("人工客服 9:00–21:00（北京时间）", "Customer service 9:00–21:00 (Beijing time)"),
    "fact_delivery": Words("48 小时内打包", "Packed within 48 hours"),
    "fact_delivery_more": Words("标准快递发货后 2–5 天送达", "Standard delivery 2–5 days after dispatch"),
    "fact_returns": Words("七天无理由退货", "Seven days to return"),
    "fact_returns_more": Words("质量问题 15 天内包退换", "15 days if something is faulty"),
    "fact_price": Words("15 天价格保护", "15 days' price protection"),
    "fact_price_more": Words("降价了，差价退给您", "If the price falls, you get the difference"),
    "pictures": Words("商品图片", "Picture of the goods"),
    "language": Words("English", "中文"),
    "sign_in": Words("登录", "Sign in"),
    "sign_in_as": Words("以会员身份登录（演示）", "Sign in as a member (demo)"),
    "sign_out": Words("退出", "Sign out"),
    "trades": Words("别的行业", "Other trades"),
    "trades_lead": Words(
        "同一套客服系统，换上别的行业的场景包。没装的先在后台装上：",
        "The same product with the scenario packs of other trades. Install them in the console first:",
    ),
    "packs": Words("场景包", "Scenario packs"),
    "ask_this": Words("可以这样问", "Ask, for example"),
    "samples": Words("演示系统里有的号码", "Numbers that the demo system knows"),
    "no_chat": Words(
        "右下角没有对话，或没有回答？先在后台安装这个行业：",
        "No chat in the corner, or no answer? Install this trade in the console first:",
    ),
    "made_up": Words("演示网站，公司和数据都是虚构的", "A demo site: the company and all its data are made up"),
    "not_found": Words("没有这个页面", "There is no such page"),
    "back": Words("回到首页", "Back to the front page"),
}


@cache
def engine() -> Engine:
    """Templates of the shop only: nothing of the installation's own pages leaks in."""
    return Engine(dirs=[str(HERE / "templates")], autoescape=True)


def said(goods: Goods, language: str) -> dict[str, object]:
    """A thing sold, in one language, for the templates."""
    return {
        "slug": goods.slug,
        "name": goods.name.of(language),
        "line": goods.line.of(language),
        "detail": goods.detail.of(language),
        "price": goods.price,
        "before": goods.before,
        "tag": goods.tag.of(language) if goods.tag else "",
    }


def said_order(order: Order, language: str) -> dict[str, object]:
    """An order in one language; its goods are always among those sold."""
    goods = find_goods(order.goods)
    return {
        "number": order.number,
        "slug": order.goods,
        "name": goods.name.of(language) if goods else order.goods,
        "options": order.options.of(language),
        "status": order.status.of(language),
        "placed": order.placed,
        "total": order.total,
    }


def said_trade(trade: Trade, language: str) -> dict[str, object]:
    """A trade in one language."""
    return {
        "place": trade.place,
        "brand": trade.brand.of(language),
        "line": trade.line.of(language),
        "lead": trade.lead.of(language),
        "samples": [{"number": one.number, "meaning": one.meaning.of(language)} for one in trade.samples],
        "asks": [one.of(language) for one in trade.asks],
    }


def render(template: str, language: str, place: str, shopper: str = "", **more: object) -> bytes:
    """One page; `place` is its address below the language, for the link to the other language."""
    other = "en" if language == "zh" else "zh"
    signed_in = find_shopper(shopper)
    context = {
        "t": {name: words.of(language) for name, words in TEXTS.items()},
        "language": language,
        "html_language": LANGUAGES[language],
        "other_url": f"/{other}/{place}",
        "other_html_language": LANGUAGES[other],
        "place": place,
        "widget": f"{settings.PUBLIC_URL}/widget.js",
        "site_key": SITE_KEY,
        "identity": f"/{language}/{IDENTITY}",
        "sign_in": f"/{language}/{SIGN_IN}",
        "shopper": signed_in.name.of(language) if signed_in is not None else "",
        "shoppers": [{"slug": one.slug, "name": one.name.of(language)} for one in SHOPPERS],
        "packs_url": f"{settings.PUBLIC_URL}/console/packs/",
        **more,
    }
    return engine().get_template(template).render(Context(context)).encode()


@cache
def page(path: str, shopper: str = "") -> bytes | None:
    """The page at a path such as `/zh/goods/tea-set/` for who is signed in, or None."""
    parts = path.strip("/").split("/")
    language = parts[0]
    if language not in LANGUAGES or not path.endswith("/"):
        return None
    match parts[1:]:
        case []:
            return render("home.html", language, "", shopper, goods=[said(one, language) for one in GOODS])
        case ["checkout"]:
            sold = [said(one, language) for one in GOODS]
            return render("checkout.html", language, "checkout/", shopper, goods=sold)
        case ["orders"]:
            orders = [said_order(one, language) for one in ORDERS]
            return render("orders.html", language, "orders/", shopper, orders=orders)
        case ["goods", slug]:
            found = find_goods(slug)
            if found is None:
                return None
            return render("goods.html", language, f"goods/{slug}/", shopper, one=said(found, language))
        case ["trades"]:
            trades = [said_trade(one, language) for one in TRADES]
            return render("trades.html", language, "trades/", shopper, trades=trades)
        case [place]:
            trade = find_trade(place)
            if trade is None:
                return None
            told = said_trade(trade, language)
            return render("trade.html", language, f"{place}/", shopper, trade=told, site_key=trade.site_key)
        case _:
            return None


def not_found(language: str) -> bytes:
    """The page for everything else."""
    return render("not_found.html", language, "")


@cache
def files() -> dict[str, tuple[str, bytes]]:
    """Address -> (content type, content) of the shop's style sheet, script and pictures; nothing else is read."""
    types = {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    }
    root = HERE / "files"
    return {
        f"/files/{file.relative_to(root).as_posix()}": (types[file.suffix], file.read_bytes())
        for file in sorted(root.rglob("*"))
        if file.suffix in types
    }
