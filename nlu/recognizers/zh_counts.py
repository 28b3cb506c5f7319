"""Chinese numbers, percentages and ordinals: 三箱, 三万五, 我和他俩, 八五折, 百分之三点八五, 第二十一."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from nlu.recognizers.grammar import DIGIT, NOTHING, Grammar, Result, Site
from nlu.recognizers.reading import Reading, is_digit, is_letter, is_word
from nlu.recognizers.wordlists import listed
from nlu.recognizers.zh_idioms import BRANDS, IDIOMS, LABELS
from nlu.recognizers.zh_numbers import FIRST, HAN_DIGITS, read_digit_string, read_number

_CLASSIFIERS = frozenset(
    "个件箱台瓶双张本盒包袋套部只支辆条枚份颗粒桶罐杯碗盘块片根束朵棵匹卷单票笔幅顶副对把位名次家间门项批组款种样人口架艘扇盏床"
    "章页篇首封株串听板贴剂枝筐篮壶锅节格轮场回遍趟顿桌席字行句条步题提筒摞叠捆扎抽支管箩坛缸窝群队班排道座栋幢所国省市县"
    "期星季集款遍局盘圈关级分户岁"
)
_THINGS = frozenset("件箱台瓶双张本盒包袋套只支辆条枚颗粒桶罐杯碗盘根束朵棵匹卷把个部块片款幅顶副串床单位")
"""What is counted rather than meant as an article, after 一."""
_ABSTRACT = listed(
    """
    问 人 事 月 小时 星期 礼拜 钟 建议 办法 方法 劲 半 样 意思 朋友 忙 说法 解释 答复 理由 机会 回复 疑
    活动 客服 情况 原因 不 是 地方 方案 东西 结果 声音 错误 新 好 完整 合理 明确 准信 交代 说明 提示 世纪
    学期 季 周 位置 步骤 功能 系统 分
    """
)
_ARTICLE_BEFORE = frozenset("这那哪每另同某第上下前后任头换有给找统唯")
_PRICED = frozenset("块元毛角钱折升克斤六五四三二七八九十百千万")
"""A price or a measure before 一瓶 makes it "per bottle"."""
_NO_UNIT_AFTER = frozenset("号栋幢楼层室弄路单元座排级代岁码倍型系度点折成届维线厘")
_NO_WORDS_AFTER = listed(
    """
    分之 客机 飞机 错误 报错 年级 号 寸 周年 周岁 世 打 车 通道 版 频道 点 折 度 平台 款机 英寸 大道 街 环
    角 面 边 手 方 维 极 线
    """
)
_PART_OF = listed(
    """
    部分 位数 次性 次元 次列车 只松鼠 口子 口气 件套 级 分熟 支持 支付 支行 位置 条件 条款 场合 台湾 部门
    张家 本来 本地 本人 把握 名字 名称 家里 家人 家庭 人民 人员 人家 口味 口径 双方 副总 对方 种类 项目
    组合 道路 步骤 页面 国家 行吗 行不 行李 节日 关于 分钟 期间 单元 单价 样子 次日 次数 回复 回来 回答
    回家 回去 字母 封面 首付 首先 场景 门口 门店 间隔 家居 关机 关闭 包邮 包装 包裹 盘点 只能 只有 只要
    只是 单独 题目 套餐价 份额 期货 期限 点 根本 根据 对吗 对不 对了 提示 提前 提交 提醒 集团 季度 版本
    """
)
_LONGEST_PLAIN = 6


def add_counts(grammar: Grammar) -> None:
    """The parts `n`, `spelled`, `signed`; the kinds `number`, `percentage`, `ordinal`; idioms as `nothing`."""
    grammar.terminal("n", read_number, FIRST)
    grammar.terminal("spelled", read_digit_string, set(HAN_DIGITS) - {"两"})
    grammar.terminal("digit_run", _read_run, {DIGIT})
    grammar.rule("signed", "{n}", lambda site, n: n)
    grammar.rule("signed", "-|负 {n}", _negative)
    grammar.rule("number", "{n}", _number)
    grammar.rule("number", "-|负 {n}", _negative)
    grammar.words("pair", {"俩": Decimal(2), "仨": Decimal(3)})
    grammar.rule("number", "{pair}", lambda site, n: n)
    grammar.rule("percentage", "{signed} %", lambda site, n: n)
    grammar.rule("percentage", "百分之 {n}", lambda site, n: n)
    grammar.rule("percentage", "百分之百", lambda site: Decimal(100))
    grammar.rule("percentage", "千分之 {n}", lambda site, n: n / 10)
    grammar.rule("percentage", "万分之 {n}", lambda site, n: n / 100)
    grammar.rule("percentage", "{n} 折", _discount)
    grammar.rule("percentage", "{spelled} 折", lambda site, digits: _discount(site, Decimal(digits)))
    grammar.rule("percentage", "{n} 成", _tenths)
    grammar.rule("ordinal", "第 {n}", _ordinal)
    grammar.words("idiom", dict.fromkeys(IDIOMS, True))
    grammar.rule("nothing", "{idiom}", _idiom)
    grammar.rules(
        "nothing",
        [
            "{n} 分之 {n}",
            "{n} 岁|周岁|码|倍|打|年级|百分点|个百分点|号楼|号线|号店",
            "{n} 岁半",
            "{n} x|*|乘 {n}",
            "{digit_run} 号|楼|层|栋|幢|室|弄|单元|座|排|级|代|路|版|款|型",
            "-|负 {n} 楼|层",
            "第 {n} 层|楼|代|者|方",
            "上|成|数|好几|近 百|千|万|十",
        ],
        lambda site, *parts: NOTHING,
    )


def _read_run(reading: Reading, position: int) -> Iterator[Result]:
    end = position
    while end < len(reading.text) and is_digit(reading.text[end]):
        end += 1
    if not (position and is_digit(reading.text[position - 1])):
        yield Result(end, end - position)


def _negative(site: Site, n: Decimal) -> object:
    before = site.reading.text[site.start - 1 : site.start]
    if before and (is_word(before) or (site.reading.text[site.start] == "负" and before in "胜欺")):
        return None
    return -n


def _idiom(site: Site, _: object) -> object:
    """十分 is no idiom in 十分钟, but that is longer anyway; 三包纸巾 is none at all."""
    return NOTHING


def counted(reading: Reading, end: int) -> bool:
    """Whether a classifier follows that does not begin another word."""
    after = reading.after(end, 4)
    return bool(after) and after[0] in _CLASSIFIERS and not after.startswith(_PART_OF)


def _number(site: Site, n: Decimal) -> object:
    reading = site.reading
    written = reading.text[site.start : site.end]
    after = reading.after(site.end, 4)
    if after.startswith(_NO_WORDS_AFTER) or (after and after[0] in _NO_UNIT_AFTER):
        return NOTHING
    if any(is_digit(character) for character in written):
        return n if _arabic(site, written) else NOTHING
    before = reading.before(site.start, 1)
    if before and before in "第初周星期拜":
        return NOTHING
    if len(written) == 1:
        if written == "一":
            return n if _one(reading, site, before) else None
        if not counted(reading, site.end) or written in "零〇":
            return None
        return None if written == "二" and after[0] in "次手级胎代维" else n
    return n


def _one(reading: Reading, site: Site, before: str) -> bool:
    after = reading.after(site.end, 4)
    if (
        not counted(reading, site.end)
        or after[0] not in _THINGS
        or (before and before in _ARTICLE_BEFORE - set("有给找换"))
    ):
        return False
    if before and (after.startswith(before) or before in _PRICED or is_word(before)):
        return False  # 一个一个, 五毛一个, 500ml一瓶
    return not (after[0] in "个位份套款" and after[1:].startswith(_ABSTRACT))


def _arabic(site: Site, written: str) -> bool:
    """Whether digits count something: no model, version, code or room."""
    reading = site.reading
    counts = counted(reading, site.end)
    before = reading.before(site.start, 8)
    plain = written.isdigit()
    if plain and len(written) > 1 and written[0] == "0":
        return False
    if plain and len(written) > _LONGEST_PLAIN and not counts:
        return False
    if before and (is_letter(before[-1]) or before[-1] in "#@_=&"):
        return counts and reading.text[site.start - 1] == " "
    if before.endswith(BRANDS):
        return counts
    label = before.rstrip(" :是为")
    if label.endswith((*LABELS, "号", "码")) and not counts:
        return False
    return not _year_of_model(reading, site, written)


def _year_of_model(reading: Reading, site: Site, written: str) -> bool:
    year = written.isdigit() and len(written) == 4 and 1980 <= int(written) <= 2039
    return year and reading.after(site.end, 1).startswith(("款", "版", "新", "届", "级", "年"))


def _discount(site: Site, n: Decimal) -> object:
    """八折 is 80, 八五折 and 85折 are 85."""
    after = site.reading.after(site.end, 1)
    if after.startswith(tuple("叠返断腾磨射损")) or not 0 < n < 100:
        return None if after else NOTHING
    return n * 10 if n < 10 else n


def _tenths(site: Site, n: Decimal) -> object:
    after = site.reading.after(site.end, 1)
    if after.startswith(tuple("为功立本员交都品人年果长就语份套")) or not 0 < n < 10:
        return None
    return n * 10


def _ordinal(site: Site, n: Decimal) -> object:
    return n if n == int(n) else None
