"""The travel agency's tables: places, airlines, fares, flights on fixed numbers, hotels. No state, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A city with flights; `domestic`: on the mainland; `hub`: many lines meet there."""

    code: str
    zh: str
    en: str
    latitude: float
    longitude: float
    domestic: bool = True
    hub: bool = False


PLACES: Final = (
    Place("BJS", "北京", "Beijing", 39.9, 116.4, hub=True),
    Place("SHA", "上海", "Shanghai", 31.2, 121.5, hub=True),
    Place("CAN", "广州", "Guangzhou", 23.1, 113.3, hub=True),
    Place("SZX", "深圳", "Shenzhen", 22.5, 114.1, hub=True),
    Place("CTU", "成都", "Chengdu", 30.6, 104.1, hub=True),
    Place("CKG", "重庆", "Chongqing", 29.6, 106.5),
    Place("HGH", "杭州", "Hangzhou", 30.3, 120.2),
    Place("NKG", "南京", "Nanjing", 32.1, 118.8),
    Place("WUH", "武汉", "Wuhan", 30.6, 114.3),
    Place("XIY", "西安", "Xi'an", 34.3, 108.9, hub=True),
    Place("KMG", "昆明", "Kunming", 25.0, 102.7, hub=True),
    Place("XMN", "厦门", "Xiamen", 24.5, 118.1),
    Place("SYX", "三亚", "Sanya", 18.3, 109.5),
    Place("TAO", "青岛", "Qingdao", 36.1, 120.4),
    Place("DLC", "大连", "Dalian", 38.9, 121.6),
    Place("HRB", "哈尔滨", "Harbin", 45.8, 126.5),
    Place("CSX", "长沙", "Changsha", 28.2, 112.9),
    Place("KWE", "贵阳", "Guiyang", 26.6, 106.7),
    Place("URC", "乌鲁木齐", "Urumqi", 43.8, 87.6),
    Place("LXA", "拉萨", "Lhasa", 29.7, 91.1),
    Place("HKG", "香港", "Hong Kong", 22.3, 114.2, domestic=False),
    Place("TYO", "东京", "Tokyo", 35.7, 139.7, domestic=False),
    Place("OSA", "大阪", "Osaka", 34.7, 135.5, domestic=False),
    Place("SEL", "首尔", "Seoul", 37.6, 127.0, domestic=False),
    Place("BKK", "曼谷", "Bangkok", 13.8, 100.5, domestic=False),
    Place("SIN", "新加坡", "Singapore", 1.4, 103.9, domestic=False),
)


@dataclass(frozen=True, slots=True)
class Airline:
    """An airline: the letters of its flight numbers, and whether its Saver fare comes without checked baggage."""

    code: str
    zh: str
    en: str
    bare_saver: bool = False


AIRLINES: Final = {
    one.code: one
    for one in (
        Airline("YH", "云汉航空", "Yunhan Air"),
        Airline("HR", "海岚航空", "Hailan Airlines"),
        Airline("BC", "北辰航空", "Beichen Airlines"),
        Airline("QN", "青枫航空", "Qingfeng Air"),
        Airline("SO", "沙鸥航空", "Sandgull Air", bare_saver=True),
        Airline("HY", "瀚洋航空", "Hanyang Airways"),
    )
}
DOMESTIC_AIRLINES: Final = ("YH", "HR", "BC", "QN", "SO")


@dataclass(frozen=True, slots=True)
class Fare:
    """A kind of ticket. Fees are percentages of the price without taxes: more than 7 days before departure, from
    7 days to 24 hours, under 24 hours, and after a missed flight. None: not possible; 100: the whole price."""

    name: str
    zh: str
    en: str
    price: float
    change: tuple[int, int, int | None]
    refund: tuple[int, int, int]
    missed: int


FARES: Final = {
    one.name: one
    for one in (
        Fare("saver", "特价票", "Saver", 0.6, (20, 40, None), (50, 80, 100), 100),
        Fare("standard", "标准票", "Standard", 0.8, (5, 10, 20), (10, 20, 40), 50),
        Fare("flexible", "灵活票", "Flexible", 1.0, (0, 0, 5), (5, 10, 20), 30),
    )
}
CABINS: Final = {
    "economy": ("经济舱", "economy class", 1.0, 20),
    "premium": ("超级经济舱", "premium economy", 1.4, 25),
    "business": ("商务舱", "business class", 2.6, 30),
}
"""Name -> Chinese, English, factor of the price, kilos of free baggage."""
CABIN_WORDS: Final = {
    "经济舱": "economy",
    "economy class": "economy",
    "超级经济舱": "premium",
    "premium economy": "premium",
    "商务舱": "business",
    "business class": "business",
}
PARTS: Final = {
    "上午": (0, 12),
    "下午": (12, 18),
    "晚上": (18, 24),
    "任意时段": (0, 24),
    "morning": (0, 12),
    "afternoon": (12, 18),
    "evening": (18, 24),
    "any time": (0, 24),
}
"""Part of the day -> the hours of departure, the last one excluded."""
TAXES: Final = {True: 70, False: 320}
"""Taxes a passenger and flight: within the mainland, and beyond."""
DOMESTIC_TIMES: Final = ("07:10", "09:25", "12:40", "14:55", "17:05", "19:30", "21:15")
LINE_TIMES: Final = ("10:05", "16:20", "20:10")
FOREIGN_TIMES: Final = ("08:45", "15:30")


@dataclass(frozen=True, slots=True)
class FixedFlight:
    """A flight whose run of today stands in a fixed relation to the clock, so that every state can be met."""

    number: str
    origin: str
    target: str
    minutes: int
    """From now to the planned departure of the run that is nearest to now."""
    late: int = 0
    cancelled: bool = False
    reason_zh: str = ""
    reason_en: str = ""
    gate: str = ""


FIXED_FLIGHTS: Final = (
    FixedFlight("YH1208", "XIY", "BJS", 75, gate="B12"),
    FixedFlight("HR901", "SHA", "CAN", 60, late=95, reason_zh="前序航班晚到", reason_en="late incoming aircraft"),
    FixedFlight("BC3316", "BJS", "DLC", 240, cancelled=True, reason_zh="大雾", reason_en="fog"),
    FixedFlight("QN722", "CTU", "CAN", -70, gate="H31"),
    FixedFlight("HR905", "CAN", "SHA", -260, gate="A08"),
    FixedFlight("HY502", "SHA", "TYO", 360, gate="D75"),
    FixedFlight("SO618", "CSX", "KMG", 150, gate="23"),
    FixedFlight("QN731", "SZX", "XIY", 190, late=40, reason_zh="流量控制", reason_en="air traffic control"),
)


@dataclass(frozen=True, slots=True)
class Brand:
    """A chain with its stars and the price of its simplest room."""

    key: str
    zh: str
    en: str
    stars: int
    price: int


BRANDS: Final = (
    Brand("1", "小憩驿站", "Restwell Inn", 2, 169),
    Brand("2", "禾风酒店", "Hefeng Hotel", 3, 269),
    Brand("3", "望舒酒店", "Wangshu Hotel", 4, 438),
    Brand("4", "澜庭酒店", "Lanting Hotel", 4, 528),
    Brand("5", "云阙大酒店", "Yunque Grand Hotel", 5, 888),
)
DISTRICTS: Final = {
    "BJS": (("国贸", "Guomao"), ("首都机场", "Capital Airport")),
    "SHA": (("人民广场", "People's Square"), ("虹桥枢纽", "Hongqiao Hub")),
    "CAN": (("珠江新城", "Zhujiang New Town"), ("白云机场", "Baiyun Airport")),
    "SZX": (("福田", "Futian"), ("宝安机场", "Bao'an Airport")),
    "CTU": (("春熙路", "Chunxi Road"), ("双流机场", "Shuangliu Airport")),
    "CKG": (("解放碑", "Jiefangbei"), ("江北机场", "Jiangbei Airport")),
    "HGH": (("西湖", "West Lake"), ("火车东站", "East Station")),
    "NKG": (("新街口", "Xinjiekou"), ("南站", "South Station")),
    "WUH": (("江汉路", "Jianghan Road"), ("光谷", "Optics Valley")),
    "XIY": (("钟楼", "Bell Tower"), ("大雁塔", "Big Wild Goose Pagoda")),
    "KMG": (("翠湖", "Green Lake"), ("长水机场", "Changshui Airport")),
    "XMN": (("中山路", "Zhongshan Road"), ("环岛路", "Island Ring Road")),
    "SYX": (("三亚湾", "Sanya Bay"), ("亚龙湾", "Yalong Bay")),
    "TAO": (("五四广场", "May Fourth Square"), ("栈桥", "Zhanqiao Pier")),
    "DLC": (("星海广场", "Xinghai Square"), ("火车站", "Railway Station")),
    "HRB": (("中央大街", "Central Street"), ("西站", "West Station")),
    "CSX": (("五一广场", "May Day Square"), ("南站", "South Station")),
    "KWE": (("喷水池", "Penshuichi"), ("北站", "North Station")),
    "BKK": (("暹罗", "Siam"), ("河畔", "Riverside")),
    "SEL": (("明洞", "Myeongdong"), ("弘大", "Hongdae")),
    "TYO": (("新宿", "Shinjuku"), ("上野", "Ueno")),
    "SIN": (("乌节路", "Orchard Road"), ("滨海湾", "Marina Bay")),
}
"""Where the agency has hotels: the first district has the dearer chains, the second the simpler ones."""


@dataclass(frozen=True, slots=True)
class RoomKind:
    """A kind of room: how many sleep in it and what it costs beside the simplest one."""

    key: str
    zh: str
    en: str
    sleeps: int
    factor: float
    breakfast: bool = False
    free_cancellation: bool = False


ROOM_KINDS: Final = (
    RoomKind(
        "queen",
        "大床房（不含早，不可取消）",
        "double room, no breakfast, non-refundable",
        sleeps=2,
        factor=1.0,
    ),
    RoomKind(
        "twin",
        "双床房（含早，免费取消）",
        "twin room with breakfast, free cancellation",
        sleeps=2,
        factor=1.2,
        breakfast=True,
        free_cancellation=True,
    ),
    RoomKind(
        "family",
        "家庭房（含早，免费取消）",
        "family room with breakfast, free cancellation",
        sleeps=4,
        factor=1.7,
        breakfast=True,
        free_cancellation=True,
    ),
)
