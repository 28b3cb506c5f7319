"""What the operator sells, and the lines that it has: the tables of the trade `telecom`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

LineKind = Literal["mobile", "broadband"]
LineStatus = Literal["active", "suspended_debt", "suspended_identity", "suspended_loss"]
LineTest = Literal["line_ok", "line_fault", "outage"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; broadband has no data and minutes, mobile plans may include broadband."""

    code: str
    kind: LineKind
    name_zh: str
    name_en: str
    fee: int
    data_gb: int = 0
    minutes: int = 0
    mbps: int = 0
    extra_sims: int = 0


PLANS: Final = (
    Plan("leaf19", "mobile", "青叶19", "Leaf 19", 19, data_gb=5, minutes=100),
    Plan("leaf39", "mobile", "青叶39", "Leaf 39", 39, data_gb=20, minutes=200),
    Plan("leaf59", "mobile", "青叶59", "Leaf 59", 59, data_gb=40, minutes=500),
    Plan("branch99", "mobile", "青枝99", "Branch 99", 99, data_gb=80, minutes=800, mbps=300, extra_sims=1),
    Plan("branch129", "mobile", "青枝129", "Branch 129", 129, data_gb=120, minutes=1000, mbps=500, extra_sims=2),
    Plan("forest199", "mobile", "青林199", "Forest 199", 199, data_gb=200, minutes=2000, mbps=1000, extra_sims=4),
    Plan("fibre300", "broadband", "宽带300", "Fibre 300", 50, mbps=300),
    Plan("fibre500", "broadband", "宽带500", "Fibre 500", 70, mbps=500),
    Plan("fibre1000", "broadband", "千兆宽带", "Fibre 1000", 100, mbps=1000),
)


@dataclass(frozen=True, slots=True)
class Service:
    """A paid extra."""

    code: str
    kind: LineKind
    name_zh: str
    name_en: str
    fee: int


SERVICES: Final = (
    Service("ringback", "mobile", "悦铃", "Ring-back Tone", 5),
    Service("missed_call", "mobile", "来电提醒", "Missed-call Alert", 3),
    Service("cloud", "mobile", "云盘会员", "Cloud Drive", 10),
    Service("video", "mobile", "影视会员", "Video Pass", 15),
    Service("music", "mobile", "音乐会员", "Music Pass", 12),
    Service("reading", "mobile", "阅读包", "Reading Pack", 8),
    Service("news", "mobile", "手机报", "News Digest", 3),
    Service("call_guard", "mobile", "骚扰拦截", "Call Guard", 0),
    Service("home_tv", "broadband", "宽带电视", "Home TV", 20),
)


@dataclass(frozen=True, slots=True)
class AddOn:
    """Extra data."""

    code: str
    name_zh: str
    name_en: str
    price: int
    data_gb: int


ADD_ONS: Final = (
    AddOn("day1", "1 GB 日包", "1 GB until midnight", 3, 1),
    AddOn("month2", "2 GB 月包", "2 GB until the end of the month", 10, 2),
    AddOn("month10", "10 GB 月包", "10 GB until the end of the month", 30, 10),
)


@dataclass(frozen=True, slots=True)
class RoamingPackage:
    """Data for a number of days in a zone."""

    code: str
    zone: str
    days: int
    data_gb: int
    price: int


ROAMING: Final = (
    RoamingPackage("a3", "a", 3, 3, 39),
    RoamingPackage("a7", "a", 7, 7, 69),
    RoamingPackage("a15", "a", 15, 15, 119),
    RoamingPackage("b3", "b", 3, 3, 59),
    RoamingPackage("b7", "b", 7, 7, 98),
    RoamingPackage("b15", "b", 15, 15, 168),
    RoamingPackage("c7", "c", 7, 7, 128),
    RoamingPackage("c15", "c", 15, 15, 218),
    RoamingPackage("c30", "c", 30, 30, 328),
    RoamingPackage("d7", "d", 7, 5, 168),
    RoamingPackage("d15", "d", 15, 10, 288),
)
ZONES: Final = {
    "a": ("港澳台包", "Hong Kong, Macao and Taiwan package"),
    "b": ("亚洲包", "Asia package"),
    "c": ("欧美澳包", "Europe, America and Oceania package"),
    "d": ("全球包", "Worldwide package"),
}
# Zone -> countries and regions, as (Chinese, English); nothing is sold for those of the zone "".
_COUNTRIES: Final = {
    "a": (("香港", "Hong Kong"), ("澳门", "Macao"), ("台湾", "Taiwan")),
    "b": (
        ("日本", "Japan"),
        ("韩国", "South Korea"),
        ("泰国", "Thailand"),
        ("新加坡", "Singapore"),
        ("马来西亚", "Malaysia"),
        ("越南", "Vietnam"),
        ("印度尼西亚", "Indonesia"),
        ("菲律宾", "Philippines"),
        ("柬埔寨", "Cambodia"),
        ("印度", "India"),
    ),
    "c": (
        ("英国", "United Kingdom"),
        ("法国", "France"),
        ("德国", "Germany"),
        ("意大利", "Italy"),
        ("西班牙", "Spain"),
        ("瑞士", "Switzerland"),
        ("荷兰", "Netherlands"),
        ("希腊", "Greece"),
        ("俄罗斯", "Russia"),
        ("土耳其", "Turkey"),
        ("阿联酋", "United Arab Emirates"),
        ("美国", "United States"),
        ("加拿大", "Canada"),
        ("澳大利亚", "Australia"),
        ("新西兰", "New Zealand"),
    ),
    "d": (
        ("马尔代夫", "Maldives"),
        ("斯里兰卡", "Sri Lanka"),
        ("尼泊尔", "Nepal"),
        ("埃及", "Egypt"),
        ("南非", "South Africa"),
        ("肯尼亚", "Kenya"),
        ("巴西", "Brazil"),
        ("阿根廷", "Argentina"),
        ("墨西哥", "Mexico"),
    ),
    "": (("古巴", "Cuba"), ("马达加斯加", "Madagascar"), ("不丹", "Bhutan")),
}


@dataclass(frozen=True, slots=True)
class Country:
    """A country or region and the zone of its packages."""

    name_zh: str
    name_en: str
    zone: str


@dataclass(frozen=True, slots=True)
class District:
    """A part of the city; broadband is only where there is fibre."""

    name_zh: str
    name_en: str
    covered: bool = True


COUNTRIES: Final = tuple(Country(zh, en, zone) for zone, names in _COUNTRIES.items() for zh, en in names)
DISTRICTS: Final = (
    District("东湖区", "Donghu"),
    District("西山区", "Xishan"),
    District("南岸区", "Nan'an"),
    District("北城区", "Beicheng"),
    District("高新区", "Gaoxin"),
    District("滨江区", "Binjiang"),
    District("临港区", "Lingang"),
    District("云台镇", "Yuntai", covered=False),
)


@dataclass(frozen=True, slots=True)
class SeedLine:
    """A line as it is at first; days and months count from the clock's day."""

    no: str
    plan: str
    balance: Decimal
    id_tail: str
    status: LineStatus = "active"
    opened_days_ago: int = 900
    data_used: Decimal = Decimal(0)
    minutes_used: int = 0
    contract_months_left: int = 0
    contract_plan: str = ""
    number_agreement_days: int = 0
    pending_plan: str = ""
    services: tuple[str, ...] = ()
    bound_service: str = ""
    new_service: str = ""
    roaming_in_days: int = -1
    district: str = ""
    test: LineTest = "line_ok"
    visit_tomorrow: bool = False
    moved_days_ago: int = 0


LINES: Final = (
    # Nothing in the way of anything.
    SeedLine(
        "6012045883", "leaf59", Decimal("32.60"), "4417", data_used=Decimal("31.2"), minutes_used=212,
        services=("ringback", "video", "call_guard"),
    ),
    # Under contract, with a service that belongs to it; data nearly used up.
    SeedLine(
        "6012117306", "branch99", Decimal("8.10"), "082x", data_used=Decimal("78.5"), minutes_used=640,
        contract_months_left=9, contract_plan="branch99", services=("missed_call",), bound_service="video",
    ),
    # Cut off for debt.
    SeedLine(
        "6012260914", "leaf39", Decimal("-12.30"), "6625", status="suspended_debt", data_used=Decimal("20"),
        services=("news", "reading"),
    ),
    # Cut off because the identity is not registered.
    SeedLine("6012093351", "leaf39", Decimal("21.00"), "3309", status="suspended_identity"),
    # Too new to roam or to leave.
    SeedLine("6013308842", "leaf19", Decimal("55.00"), "7718", opened_days_ago=41, data_used=Decimal("1.4")),
    # A change of plan is under way.
    SeedLine(
        "6013471520", "forest199", Decimal("210.40"), "5046", data_used=Decimal("64.8"), minutes_used=1105,
        pending_plan="branch129", services=("cloud", "music"), new_service="reading",
    ),
    # Blocked as lost.
    SeedLine("6014582067", "leaf59", Decimal("76.20"), "2281", status="suspended_loss"),
    # Has a roaming package that begins in five days.
    SeedLine("6015690233", "leaf59", Decimal("120.00"), "9154", data_used=Decimal("12.0"), roaming_in_days=5),
    # Data used up, hardly any money.
    SeedLine("6016724518", "leaf19", Decimal("3.20"), "1672", data_used=Decimal("5"), minutes_used=98),
    # A number with an agreement of its own.
    SeedLine(
        "6017835906", "branch129", Decimal("88.00"), "6840", data_used=Decimal("90.3"),
        number_agreement_days=1090, services=("music",),
    ),
    # No paid extras.
    SeedLine("6018946377", "leaf39", Decimal("147.90"), "3395", data_used=Decimal("9.6"), minutes_used=77),
    SeedLine(
        "6050318827", "fibre500", Decimal("46.00"), "4417", district="东湖区", test="line_fault",
        contract_months_left=5, contract_plan="fibre500", services=("home_tv",),
    ),
    SeedLine("6050427716", "fibre300", Decimal("112.00"), "2036", district="西山区", test="outage"),
    SeedLine("6050536605", "fibre1000", Decimal("300.00"), "8873", district="滨江区"),
    SeedLine("6050645594", "fibre300", Decimal("-50.00"), "5561", status="suspended_debt", district="北城区"),
    SeedLine(
        "6050754483", "fibre500", Decimal("64.00"), "7092", district="高新区", test="line_fault",
        visit_tomorrow=True,
    ),
    SeedLine(
        "6050863372", "fibre1000", Decimal("20.00"), "1148", district="南岸区", test="line_fault",
        moved_days_ago=95,
    ),
)  # fmt: skip
