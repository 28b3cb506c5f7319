"""What the demo shop sells. The scenario pack's `catalogue.yaml` says the same; a test compares them."""

from __future__ import annotations

from typing import Final

from deploy.demo_backend.trades.ecommerce_goods import Fact, Option, Product


def fact(key: str, zh: str, en: str) -> Fact:
    """A fact under the label that this key has everywhere."""
    label_zh, label_en = LABELS[key]
    return Fact(key, label_zh, label_en, zh, en)


def sized(
    colours: tuple[tuple[str, str], ...], sizes: str, *, sold_out: tuple[str, ...] = ()
) -> tuple[Option, ...]:
    """All sizes in all colours; those named in `sold_out` as `size colour` have none left."""
    return tuple(
        Option(size, zh, en, 0 if f"{size} {zh}" in sold_out else 3 + len(size) + place)
        for zh, en in colours
        for place, size in enumerate(sizes.split())
    )


def plain(*colours: tuple[str, str], stock: int = 12) -> tuple[Option, ...]:
    """One size, in one or more colours."""
    return tuple(Option("", zh, en, stock) for zh, en in colours or (("", ""),))


LABELS: Final = {
    "material": ("材质", "material"),
    "power": ("功率", "power"),
    "capacity": ("容量", "capacity"),
    "weight": ("重量", "weight"),
    "battery": ("续航", "battery life"),
    "light": ("光线", "light"),
    "supply": ("供电", "power supply"),
    "water": ("防水", "water resistance"),
    "noise": ("降噪", "noise reduction"),
    "fit": ("版型", "fit"),
    "care": ("洗护", "care"),
    "inside": ("包装清单", "in the box"),
    "skin": ("适用肤质", "skin type"),
    "functions": ("功能", "functions"),
    "laptop": ("电脑仓", "laptop sleeve"),
    "bluetooth": ("蓝牙", "Bluetooth"),
    "shelf_life": ("保质期", "shelf life"),
    "use": ("使用", "use"),
}
WHITE, BLACK, BLUE = ("白色", "white"), ("黑色", "black"), ("蓝色", "blue")
GREY, GREEN, BEIGE = ("灰色", "grey"), ("绿色", "green"), ("米色", "beige")

PRODUCTS: Final = (
    Product(
        "canvas-shoes",
        "shoes",
        "日常帆布鞋",
        "everyday canvas shoes",
        "硫化底，走一天也不累",
        "a vulcanised sole for long days",
        169,
        (
            fact("material", "加厚帆布鞋面，天然橡胶硫化底", "heavy canvas, natural rubber sole"),
            fact(
                "fit", "偏大半码，介于两码之间选小的", "runs half a size large; between two sizes take the smaller"
            ),
            fact("weight", "单只约 380 克（41 码）", "about 380 g a shoe (size 41)"),
            fact(
                "care",
                "冷水手洗，阴干，不可烘干",
                "wash by hand in cold water, dry in the shade, never tumble-dry",
            ),
        ),
        sized((BEIGE, BLACK, BLUE), "35 36 37 38 39 40 41 42 43 44 45", sold_out=("42 米色", "38 黑色")),
    ),
    Product(
        "running-shoes",
        "shoes",
        "轻便跑鞋",
        "light running shoes",
        "回弹中底，慢跑通勤都合适",
        "a springy midsole for jogging and commuting",
        289,
        (
            fact("material", "透气网布鞋面，EVA 回弹中底", "breathable mesh, EVA midsole"),
            fact("fit", "标准码，脚宽选大半码", "true to size; wide feet take half a size more"),
            fact("weight", "单只约 235 克（41 码）", "about 235 g a shoe (size 41)"),
            fact("care", "软毛刷蘸清水刷洗，阴干", "brush with clear water, dry in the shade"),
        ),
        sized((BLACK, GREY), "36 37 38 39 40 41 42 43 44", sold_out=("41 灰色",)),
    ),
    Product(
        "linen-shirt",
        "shirt",
        "水洗亚麻衬衫",
        "washed linen shirt",
        "越洗越软",
        "softer with every wash",
        239,
        (
            fact("material", "100% 法国产亚麻", "100% French flax linen"),
            fact("fit", "宽松版型，喜欢合身选小一码", "loose; for a close fit take one size down"),
            fact(
                "care",
                "成衣已水洗，不易缩水；30 度机洗，阴干",
                "washed as a garment, hardly shrinks; 30 °C machine wash, dry in the shade",
            ),
        ),
        sized((WHITE, BLUE), "S M L XL XXL", sold_out=("XL 白色",)),
    ),
    Product(
        "oxford-shirt",
        "shirt",
        "牛津纺衬衫",
        "Oxford shirt",
        "免烫面料，上班穿",
        "a non-iron cloth for the office",
        199,
        (
            fact("material", "60% 棉，40% 聚酯纤维", "60% cotton, 40% polyester"),
            fact("fit", "标准版型", "regular fit"),
            fact("care", "40 度机洗，悬挂晾干，不用熨烫", "40 °C machine wash, hang to dry, no ironing"),
        ),
        sized((WHITE, BLUE), "S M L XL XXL"),
    ),
    Product(
        "rice-cooker",
        "rice cooker",
        "三升电饭煲",
        "3-litre rice cooker",
        "一到五人份，预约 24 小时",
        "one to five people, 24-hour timer",
        329,
        (
            fact("capacity", "3 升", "3 litres"),
            fact("power", "500 瓦", "500 W"),
            fact("weight", "3.2 千克", "3.2 kg"),
            fact(
                "functions", "煮饭、煮粥、煲汤、蒸菜，预约 24 小时", "rice, porridge, soup, steam; 24-hour timer"
            ),
            fact(
                "inside",
                "主机、不粘内胆、蒸笼、量杯、饭勺",
                "cooker, non-stick pot, steamer, measuring cup, spoon",
            ),
        ),
        plain(("米色", "beige"), WHITE),
        warranty_months=12,
    ),
    Product(
        "rice-cooker-5",
        "rice cooker",
        "五升电饭煲",
        "5-litre rice cooker",
        "四到八人份，IH 加热",
        "four to eight people, induction heating",
        429,
        (
            fact("capacity", "5 升", "5 litres"),
            fact("power", "1200 瓦", "1,200 W"),
            fact("weight", "5.1 千克", "5.1 kg"),
            fact(
                "functions",
                "IH 加热，煮饭、煮粥、煲汤、蛋糕，预约 24 小时",
                "induction; rice, porridge, soup, cake; 24-hour timer",
            ),
            fact(
                "inside",
                "主机、不粘内胆、蒸笼、量杯、饭勺",
                "cooker, non-stick pot, steamer, measuring cup, spoon",
            ),
        ),
        plain(WHITE, stock=5),
        warranty_months=12,
    ),
    Product(
        "desk-lamp",
        "lamp",
        "暖光台灯",
        "warm desk lamp",
        "三档色温，不频闪",
        "three warm tones, no flicker",
        189,
        (
            fact("light", "2700 至 4000 K，三档色温，无级调光", "2,700 to 4,000 K in three tones, dimmable"),
            fact("power", "9 瓦", "9 W"),
            fact("supply", "USB-C，附 1.5 米线，不含充电头", "USB-C, 1.5 m cable, no charger"),
            fact("material", "铝制灯臂，可折叠", "aluminium arm, folds"),
            fact("weight", "0.9 千克", "0.9 kg"),
        ),
        plain(WHITE, BLACK),
        warranty_months=12,
    ),
    Product(
        "reading-lamp",
        "lamp",
        "护眼阅读灯",
        "reading lamp",
        "国 AA 级照度，写作业用",
        "grade AA light for homework",
        259,
        (
            fact("light", "4000 K，照度国 AA 级，四档亮度", "4,000 K, illuminance grade AA, four levels"),
            fact("power", "14 瓦", "14 W"),
            fact("supply", "220 伏电源适配器，线长 1.8 米", "220 V adapter, 1.8 m cable"),
            fact("material", "ABS 灯头，铁底座", "ABS head, iron base"),
            fact("weight", "1.6 千克", "1.6 kg"),
        ),
        plain(WHITE),
        warranty_months=12,
    ),
    Product(
        "earbuds",
        "earphones",
        "无线耳机",
        "wireless earbuds",
        "一次充电听八小时",
        "eight hours on one charge",
        299,
        (
            fact("noise", "主动降噪", "active"),
            fact("battery", "单次 8 小时，含充电盒共 30 小时", "8 hours, 30 hours with the case"),
            fact("water", "IPX4 防溅", "IPX4, splash-proof"),
            fact("bluetooth", "5.3，可同时连两台设备", "5.3, two devices at once"),
            fact("weight", "单只 4.6 克", "4.6 g each"),
        ),
        plain(WHITE, BLACK),
        warranty_months=12,
    ),
    Product(
        "sports-earbuds",
        "earphones",
        "运动耳机",
        "sports earbuds",
        "挂耳不掉，防水更好",
        "ear hooks that stay on, better against water",
        369,
        (
            fact("noise", "无主动降噪，能听到周围", "none, so that you hear the road"),
            fact("battery", "单次 10 小时，含充电盒共 40 小时", "10 hours, 40 hours with the case"),
            fact("water", "IPX7 防水", "IPX7, waterproof"),
            fact("bluetooth", "5.3，连一台设备", "5.3, one device"),
            fact("weight", "单只 9.8 克", "9.8 g each"),
        ),
        plain(BLACK, GREEN, stock=7),
        warranty_months=12,
    ),
    Product(
        "backpack",
        "backpack",
        "城市双肩包",
        "city backpack",
        "装得下 15 寸电脑",
        "fits a 15-inch laptop",
        259,
        (
            fact("capacity", "22 升", "22 litres"),
            fact("laptop", "15 寸", "15 inches"),
            fact("material", "防泼水尼龙", "water-repellent nylon"),
            fact("weight", "0.85 千克", "0.85 kg"),
        ),
        plain(BLACK, GREY),
    ),
    Product(
        "travel-backpack",
        "backpack",
        "旅行双肩包",
        "travel backpack",
        "三天两晚一个包",
        "one bag for a long weekend",
        359,
        (
            fact("capacity", "38 升", "38 litres"),
            fact("laptop", "17 寸", "17 inches"),
            fact("material", "600D 聚酯纤维，附防雨罩", "600D polyester, with a rain cover"),
            fact("weight", "1.3 千克", "1.3 kg"),
        ),
        plain(BLACK, GREEN, stock=4),
    ),
    Product(
        "tea-set",
        "tea set",
        "青釉茶具",
        "celadon tea set",
        "一壶四杯，礼盒装",
        "one pot, four cups, in a gift box",
        268,
        (
            fact("capacity", "壶 450 毫升，杯 80 毫升", "pot 450 ml, cups 80 ml"),
            fact("material", "景德镇手工青釉瓷", "hand-glazed Jingdezhen porcelain"),
            fact("inside", "一壶四杯，礼盒与手提袋", "one pot, four cups, gift box and bag"),
            fact("use", "可进洗碗机，不可进微波炉", "dishwasher yes, microwave no"),
        ),
        plain(stock=6),
    ),
    Product(
        "travel-tea-set",
        "tea set",
        "旅行茶具",
        "travel tea set",
        "一壶两杯，收进一个小包",
        "one pot, two cups, in a small case",
        159,
        (
            fact("capacity", "壶 200 毫升，杯 60 毫升", "pot 200 ml, cups 60 ml"),
            fact("material", "白瓷，硅胶隔热圈", "white porcelain, silicone band"),
            fact("inside", "一壶两杯，旅行收纳包", "one pot, two cups, travel case"),
            fact("use", "可进洗碗机，可进微波炉", "dishwasher yes, microwave yes"),
        ),
        plain(stock=0),
    ),
    Product(
        "face-cream",
        "skin care",
        "茶籽面霜",
        "tea-seed face cream",
        "秋冬滋润",
        "for dry months",
        128,
        (
            fact("capacity", "50 毫升", "50 ml"),
            fact("material", "茶籽油、角鲨烷，无香精", "tea-seed oil, squalane, no perfume"),
            fact("skin", "干性、中性肤质", "dry and normal skin"),
            fact("shelf_life", "未开封 36 个月，开封后 12 个月", "36 months sealed, 12 months once opened"),
        ),
        plain(stock=40),
        sealed_only=True,
    ),
    Product(
        "hand-cream",
        "skin care",
        "茶籽护手霜",
        "tea-seed hand cream",
        "不油腻，随身带",
        "not greasy, made for the pocket",
        59,
        (
            fact("capacity", "75 毫升", "75 ml"),
            fact("material", "茶籽油、甘油，淡茶香", "tea-seed oil, glycerine, a light scent of tea"),
            fact("skin", "各种肤质", "all skin types"),
            fact("shelf_life", "未开封 36 个月，开封后 12 个月", "36 months sealed, 12 months once opened"),
        ),
        plain(stock=60),
        sealed_only=True,
    ),
    Product(
        "cotton-briefs",
        "underwear",
        "纯棉内裤三条装",
        "cotton briefs, pack of three",
        "无痕裆底",
        "no seams where it matters",
        79,
        (
            fact("material", "95% 棉，5% 氨纶", "95% cotton, 5% elastane"),
            fact("care", "30 度以下手洗", "hand wash up to 30 °C"),
            fact("inside", "三条，单独包装", "three, packed one by one"),
        ),
        sized((WHITE, GREY), "S M L XL"),
        returnable=False,
    ),
)
BY_ID: Final = {product.id: product for product in PRODUCTS}


def find_product(name: str) -> Product | None:
    """The product of an id or of its name in either language; blanks and case do not matter."""
    wanted = "".join(name.split()).casefold()
    return next(
        (
            product
            for product in PRODUCTS
            if wanted
            in {"".join(one.split()).casefold() for one in (product.id, product.name_zh, product.name_en)}
        ),
        None,
    )
