"""What the demo shop sells and which orders its page shows, in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One text in the shop's two languages."""

    zh: str
    en: str

    def of(self, language: str) -> str:
        """The text in `zh` or `en`."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Goods:
    """A thing sold. `slug` is also the name of its picture; `price` and `before` are in whole yuan."""

    slug: str
    name: Words
    line: Words
    detail: Words
    price: int
    before: int | None = None
    tag: Words | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the visitor of the page, to ask the assistant about."""

    number: str
    goods: str
    options: Words
    status: Words
    placed: str
    total: int


GOODS: tuple[Goods, ...] = (
    Goods(
        "canvas-shoes",
        Words("日常帆布鞋", "Everyday canvas shoes"),
        Words("硫化底，走一天也不累", "A vulcanised sole for long days"),
        Words(
            "加厚帆布鞋面，天然橡胶硫化底，35–45 码，偏大半码的脚建议选小半码。",
            "Heavy canvas, natural rubber sole, sizes 35–45. They run half a size large.",
        ),
        169,
        before=199,
        tag=Words("新客立减", "New customers save"),
    ),
    Goods(
        "linen-shirt",
        Words("水洗亚麻衬衫", "Washed linen shirt"),
        Words("越洗越软，S–XXL", "Softer with every wash, S–XXL"),
        Words(
            "100% 法国产亚麻，成衣水洗，不易缩水。可机洗，阴干。",
            "100% flax linen, washed as a garment so that it keeps its size. Machine wash, dry in the shade.",
        ),
        239,
    ),
    Goods(
        "rice-cooker",
        Words("三升电饭煲", "Rice cooker, 3 litres"),
        Words("一到五人份，预约 24 小时", "One to five people, 24-hour timer"),
        Words(
            "3 升不粘内胆，煮饭、煮粥、煲汤、蒸菜四档，整机保修 12 个月。",
            "A 3-litre non-stick pot; rice, porridge, soup and steam. 12 months' warranty.",
        ),
        329,
        before=399,
        tag=Words("限时", "This week"),
    ),
    Goods(
        "desk-lamp",
        Words("暖光台灯", "Warm desk lamp"),
        Words("三档色温，不频闪", "Three warm tones, no flicker"),
        Words(
            "铝制灯臂可折叠，USB-C 供电，2700–4000 K 三档色温，无级调光。",
            "A folding aluminium arm, USB-C power, three tones from 2,700 to 4,000 K, dimmable.",
        ),
        189,
    ),
    Goods(
        "earbuds",
        Words("无线耳机", "Wireless earbuds"),
        Words("一次充电听八小时", "Eight hours on one charge"),
        Words(
            "主动降噪，配盒续航 30 小时，IPX4 防溅。整机保修 12 个月。",
            "Active noise reduction, 30 hours with the case, splash-proof (IPX4). 12 months' warranty.",
        ),
        299,
    ),
    Goods(
        "tea-set",
        Words("青釉茶具", "Celadon tea set"),
        Words("一壶四杯，礼盒装", "One pot, four cups, in a gift box"),
        Words(
            "景德镇手工青釉，壶容 450 毫升，四杯各 80 毫升，附礼盒与手提袋。",
            "Hand-glazed celadon; the pot holds 450 ml, each of the four cups 80 ml. With gift box and bag.",
        ),
        268,
    ),
    Goods(
        "backpack",
        Words("城市双肩包", "City backpack"),
        Words("装得下 15 寸电脑", "Fits a 15-inch laptop"),
        Words(
            "防泼水尼龙，22 升，独立电脑仓，背后有隐藏口袋。",
            "Water-repellent nylon, 22 litres, a laptop sleeve of its own and a hidden pocket at the back.",
        ),
        259,
    ),
    Goods(
        "face-cream",
        Words("茶籽面霜", "Tea-seed face cream"),
        Words("秋冬滋润，50 毫升", "For dry months, 50 ml"),
        Words(
            "茶籽油与角鲨烷，无香精，50 毫升。开封后不支持无理由退货。",
            "Tea-seed oil and squalane, no perfume, 50 ml. Opened jars cannot be returned without a reason.",
        ),
        128,
    ),
)

ORDERS: tuple[Order, ...] = (
    Order(
        "LM20260318001234",
        "canvas-shoes",
        Words("米白 / 41 码", "Off-white / size 41"),
        Words("已发货，运输中", "Dispatched, on its way"),
        "2026-03-18",
        169,
    ),
    Order(
        "LM20260316007781",
        "rice-cooker",
        Words("奶油白", "Cream"),
        Words("打包中", "Being packed"),
        "2026-03-16",
        329,
    ),
    Order(
        "LM20260302004590",
        "linen-shirt",
        Words("雾蓝 / L", "Mist blue / L"),
        Words("已签收", "Delivered"),
        "2026-03-02",
        239,
    ),
)


def find_goods(slug: str) -> Goods | None:
    """The goods of a slug, or None."""
    return next((one for one in GOODS if one.slug == slug), None)
