"""Short messages that steer a dialogue whatever it is about: yes, no, back, again, never mind, a person.

A command counts only where it is the whole message beside courtesies: "cancel" ends a task, "cancel my order" is
another wish. Both languages are tried, because people mix them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Cue(StrEnum):
    """What a whole message may be."""

    YES = "yes"
    NO = "no"
    CANCEL = "cancel"
    BACK = "back"
    REPEAT = "repeat"
    SKIP = "skip"
    WAIT = "wait"
    PERSON = "person"
    RESUME = "resume"


LONGEST: Final = 40
"""Characters of a message that may be a command."""

_COURTESY: Final = re.compile(
    r"谢谢你?|谢了|多谢|麻烦你?了?|请问?|拜托|劳驾|亲|你好|您好|那就?|嗯+|哦+|呃+|额+|唉+|啊|呀|吧|啦|哈|哟|喔|"
    r"嘛|"
    r"\b(?:please|pls|plz|thanks|thank you|thx|(?:hi|hello|hey)(?: again)?|well|ok so|so|um+|uh+|erm|"
    r"just|kindly)\b",
    re.IGNORECASE,
)
_NOT_LETTERS: Final = re.compile(r"[^\w']+")

_WHOLE: Final[dict[Cue, re.Pattern[str]]] = {
    Cue.YES: re.compile(
        r"(?:是的?|对的?|没错|正确|好的?|行的?|可以的?|确认|确定|同意|没问题|不错|要的?|需要|就这样|就是这样|"
        r"就是它?|当然|必须的?|好滴|好哒|"
        r"中|成|是这样的?|办吧|提交|继续办|没有问题|都对|全对|对对对?|好好好?|可以可以|没错没错|要要要?|"
        r"是是是?|"
        r"y|yes|yeah|yep|yup|ya|sure|of course|ok|okay|k|right|correct|that's right|that is right|"
        r"that's correct|"
        r"that is correct|confirm(?:ed)?|i confirm|agreed|fine|go ahead|do it|absolutely|definitely|exactly|"
        r"sounds good|no problem|no worries|not a problem|"
        r"looks good|perfect|all good|yes do|yes go ahead|yes that's right|yes confirm|yes i do|i do|"
        r"good)(?:的|了|呢|就行)?"
    ),
    Cue.NO: re.compile(
        r"(?:不|否|不是的?|不对|不行|不可以|不同意|不确认|不确定要|不需要|不要|不必|没有|没|错了|不正确|先不|"
        r"先别|不了|不太对|不好|"
        r"别|不愿意|不接受|no|nope|nah|not really|no way|wrong|that's wrong|that is wrong|incorrect|"
        r"not correct|"
        r"that's not right|that is not right|not right|don't|do not|no don't|not now|not yet|negative|"
        r"no i don't|"
        r"i don't agree|n)(?:的|了|呢)?"
    ),
    Cue.CANCEL: re.compile(
        r"(?:我(?:想|要)?)?(?:取消(?:操作|办理|这个|了)?|算了(?:不[^，。]{0,3}了)?|"
        r"不[办弄搞用要改退查换订买充报约](?:了|算了)|不想[^，。]{0,3}了|退出|结束|停止?|"
        r"到此为止|先这样|先不[办弄搞用要改退查换订买充]了?|不继续了?|放弃|当我没说|没事了?|不用管了)"
        r"|(?:i'?d like to |i want to |let'?s )?(?:cancel(?: this| that| it| everything)?|never ?mind|"
        r"forget (?:it|about it|that)|"
        r"stop(?: this| it)?|quit|exit|abort|leave it|drop it|scrap that|don't bother|end(?: this)?|"
        r"not any ?more|"
        r"changed my mind|i changed my mind|i've changed my mind)"
    ),
    Cue.BACK: re.compile(
        r"(?:我要|我想)?(?:返回|后退|回退|退回|回)?(?:到|去)?(?:上一步|上一个(?:问题)?|前一步|前一个(?:问题)?)|"
        r"(?:我要|我想)?(?:返回|后退|回退)|倒回去|回去|重选|重新选"
        r"|(?:can (?:i|we) |let me |let'?s |i want to )?(?:go |step )?back(?: a step| one step|"
        r" to the last question)?|"
        r"(?:the )?previous(?: step| question| one)?|undo(?: that)?|choose again"
    ),
    Cue.REPEAT: re.compile(
        r"(?:你)?(?:能|可以)?(?:再|重新)?(?:说|讲|重复)(?:一遍|一下|一次)(?:吗)?|(?:我)?没(?:听清|看清|看懂|"
        r"听懂|明白)(?:楚)?|你(?:刚才)?说(?:的)?(?:什么|啥)|什么意思|"
        r"什么|啥|啥意思|重复(?:一下)?|再问一遍|刚才问(?:的)?(?:什么|啥)"
        r"|(?:can|could) you (?:repeat|say) that(?: again)?|repeat(?: that| it)?|say (?:that|it) again|"
        r"come again|pardon(?: me)?|"
        r"what did you (?:say|ask)|what was that|what was the question|what|sorry|again|once more|i (?:didn't|"
        r"did not) (?:get|catch) that"
    ),
    Cue.SKIP: re.compile(
        r"跳过(?:这个|这步|吧)?|略过|(?:我)?(?:也)?(?:不知道|不清楚|不记得了?|忘了|忘记了|不晓得|没有?这个)|"
        r"随便|都行|都可以|无所谓|不填|没(?:有)?要求|不限"
        r"|(?:其他)?没(?:有|啥)?(?:其他|别的)?(?:要求|需要|了|偏好|特别(?:的)?(?:要求)?)|都没(?:有)?|"
        r"没有(?:要求|其他)的?|不限定?|不挑|不讲究|看着办|"
        r"你(?:们)?(?:定|看着办|决定)|任意|哪个都(?:行|可以)|什么都(?:行|可以)|怎么都(?:行|可以)"
        r"|skip(?: this| it| that)?|(?:i )?(?:don't|do not) (?:know|remember|have (?:it|one|that))|no idea|"
        r"not sure|i forgot(?: it)?|"
        r"(?:it )?doesn't matter|any(?: is fine| one| will do)?|whatever|no preference|i don't mind|don't care|"
        r"pass|no preferences?|nothing(?: else| special| more)?|no,? (?:nothing(?: else)?|that's (?:all|"
        r"it))|none|not really|"
        r"that(?:'s| is) (?:all|it|everything)|no more|either(?: is fine| one)?|anything(?: is fine| goes|"
        r" will do)?|any ?time|"
        r"up to you|you (?:choose|decide|pick)|no (?:special )?(?:wishes|requests|requirements)|"
        r"not important|not needed"
    ),
    Cue.WAIT: re.compile(
        r"(?:我)?(?:先)?(?:等(?:我)?(?:一)?(?:下|会儿?)|稍等(?:一下|片刻|会儿?)?|等等|等会儿?|慢着|别急|"
        r"马上(?:就?好)?)(?:我)?(?:先|去)?"
        r"(?:找|看|查|想|问)?(?:一)?(?:下|找|看|查|想)?|(?:我|让我)(?:先|去|得)?(?:找|看|查|想|"
        r"问)(?:一?(?:下|找|看|查|想|问))(?:啊|哈|先)?"
        r"|(?:hold on|hang on|one (?:moment|second|sec|minute|min)|(?:just )?a (?:moment|second|sec|"
        r"minute|min)|"
        r"(?:give|gimme) me (?:a|one) (?:moment|second|sec|minute|min)|wait(?: a (?:moment|second|sec|"
        r"minute|min|bit))?|"
        r"let me (?:check|look|see|think|find (?:it|that|out)|look (?:it|that) up|have a look)|"
        r"bear with me|brb|"
        r"i(?:'?ll| will| need to) (?:check|look|find it|look it up))(?: (?:a |one )?(?:moment|second|sec|"
        r"minute|min|bit|for a moment|please))?"
    ),
    Cue.PERSON: re.compile(
        r"(?:帮我|给我|我要|我想要?|我需要|直接|快|赶紧|能不能|可以|能)*(?:转接?|找|换|接|叫|要|联系|"
        r"呼叫)?(?:到|一下|一?个|你们(?:的)?|你)*"
        r"(?:人工|真人|活人|客服人员|人工客服|客服|坐席|专员|客户经理|工作人员|真的人|人来|(?<=[转找换接叫])人|"
        r"(?<=[转找换接叫]个)人|(?<=[转找换接叫]一个)人)(?:客服|服务|坐席|处理|帮我|来|说话|聊|谈|接|一下|吗)*"
        r"|(?:i (?:want|need|would like|'?d like) |can i |could i |let me |get me |give me |connect me (?:to|"
        r"with) |transfer me to |"
        r"put me through to )*(?:to )?(?:talk|speak|chat)?(?: ?(?:to|with))? ?(?:an? |the |your |some )?"
        r"(?:human|real|live|actual)? ?(?:person|human(?: being)?|agent|representative|rep|operator|colleague|"
        r"advisor|staff|somebody|someone|customer (?:service|support|care))"
        r"(?: (?:real|now|instead))?"
    ),
    Cue.RESUME: re.compile(
        r"(?:我们)?(?:继续|接着(?:来|办|说)?|回到刚才(?:的)?(?:事|话题)?|接着刚才(?:的)?)(?:办理?|刚才(?:的)?)?"
        r"|(?:let'?s )?(?:continue|go on|carry on|resume|keep going|proceed)(?: with (?:it|that|this))?"
    ),
}
_ORDER: Final = (
    Cue.PERSON,
    Cue.CANCEL,
    Cue.BACK,
    Cue.REPEAT,
    Cue.RESUME,
    Cue.YES,
    Cue.NO,
    Cue.SKIP,
    Cue.WAIT,
)

_LEADING: Final = re.compile(
    r"\s*(?:(?P<yes>是的?|对的?|没错|好的?|行|可以|嗯+|yes|yeah|yep|sure|ok|okay|right|correct)|"
    r"(?P<no>不是的?|不对|不行|不要|不用|不|错了|no(?!\s+(?:problem|worries|wonder|idea))|nope|nah|wrong))"
    r"\s*(?:[，,。.!！;；、]|\s+(?=[a-z]))",
    re.IGNORECASE,
)
_HEDGE: Final = re.compile(
    r"不过|但|可是|只是|等等|等一下|等会|稍等|慢着|先别|先不|"
    r"\b(?:but|wait|hold on|except|unless|only if|hang on)\b",
    re.IGNORECASE,
)
_CORRECTION: Final = re.compile(
    r"改成|改为|改到|改下|改一下|换成|换为|换到|换一下|更正|纠正|应该是|其实是|是说|说错|写错|弄错|搞错|打错|"
    r"不对|错了|不是|记错|填错|输错|选错|修改|更改|变更|改(?!签)|换个|重新|重填|重选"
    r"|\b(?:actually|i meant?|i mean|make (?:it|that)|chang(?:e|ing)|switch|instead|correction|sorry|wrong|"
    r"should be|"
    r"rather|not|mistake|mistyped|typo|no wait|wait)\b",
    re.IGNORECASE,
)
_PRONOUN: Final = re.compile(
    r"它|这个|那个|这单|那单|该订单|这笔|那笔|这张|那张|这台|那台|这趟|那趟|这班|那班|上面那|刚才(?:那|说)|"
    r"刚刚(?:那|说)|同一|一样的|还是那"
    r"|\b(?:it|its|that|this|that one|this one|them|the same|same one|same)\b",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(
    r"[?？]|吗|呢$|什么|怎么|怎样|为什么|为啥|咋|多少|哪[里个些儿种]|几[天个点时块]|能不能|可不可以|是不是|"
    r"有没有|要不要|是否|多久|啥"
    r"|^\s*(?:what|how|why|when|where|who|which|can|could|do|does|did|is|are|will|would|should|may|am)\b",
    re.IGNORECASE,
)
NEGATED_BEFORE: Final = re.compile(
    r"(?:不是|不要|不去|不到|不从|不选|不用|并非|而不是|别|不想要?|不(?=\Z)|非)(?:去|到|从|在|选|那个|这个|"
    r"说)?\s*\Z"
    r"|\b(?:not|isn't|wasn't|rather than|instead of|don't want|no longer|never)(?: to| from| on| at| the| in|"
    r" for| it's)*\s*\Z",
    re.IGNORECASE,
)
_NEGATED_ZH: Final = (
    r"(?:不想|不要|不用|不需要|别|先不|不是要|不是想要?|没想|没说要?|不是|不)"
    r"(?:要|想|再|给我|帮我|去|来|办理?|进行)*"
)
_NEGATED_EN: Final = (
    r"\b(?:don't|do not|didn't|not|never|no|without)"
    r"(?:\s+(?!(?:got|get|gotten|received?|had|have|seen|arrived?|yet|know|knew)\b)\w+){0,4}?\s+"
)
_OTHERS_DO_NOT: Final = re.compile(
    r"(?:你们?|您|他们?|她|商家|卖家|店家|公司|平台|系统)(?:都|就|还|也|一直|老是)*\Z"
)


_DECLINED: Final = re.compile(
    r"(?:都|也|先|就|暂时|那)*(?:不(?:用|要|需要|必)了?|没(?:有)?了|没有|"
    r"不[办弄搞改退换订买充报约加占]了|先不[办弄搞用要改退换订买充]了?)"
)


def turns_down(text: str) -> bool:
    """Whether a command to stop is, as an answer to a question, no more than a no: "不用了", "不改了"."""
    return _DECLINED.fullmatch(squeezed(text).replace(" ", "")) is not None


_APOSTROPHES: Final = re.compile(
    r"\b(?:(do|does|did|ca|wo|is|are|was|has|have|would|could|should)nt|(i)(m|ve|ll)|(that|it|what|"
    r"let)s(?= (?:it|all|fine|right|go|do|ok|the)\b))\b"
)


def _with_apostrophe(match: re.Match[str]) -> str:
    if match[1]:
        return f"{match[1]}n't"
    return f"i'{match[3]}" if match[2] else f"{match[4]}'s"


def squeezed(text: str) -> str:
    """Lower case, without courtesies and punctuation, blanks single."""
    plain = _APOSTROPHES.sub(_with_apostrophe, text.lower().replace("’", "'"))
    return " ".join(_NOT_LETTERS.sub(" ", _COURTESY.sub(" ", plain)).split())


_POLITE: Final = re.compile(
    r"谢|你好|您好|嗯|哦|拜托|辛苦|\b(?:thanks?|thx|hi|hello|hey|please|well|um+|uh+)\b", re.IGNORECASE
)


def is_polite(text: str) -> bool:
    """Whether a message is nothing but thanks, a greeting, a sound of listening."""
    return not squeezed(text) and _POLITE.search(text) is not None


def cue_of(text: str) -> Cue | None:
    """The command that the whole message is, if it is one."""
    if len(text) > LONGEST:
        return None
    bare = squeezed(text)
    if not bare:
        return Cue.YES if re.search(r"嗯|哦|好", text) else None
    closed = bare if re.search(r"[a-z]", bare) else bare.replace(" ", "")
    return next((cue for cue in _ORDER if _WHOLE[cue].fullmatch(closed)), None)


def leading_answer(text: str) -> Cue | None:
    """YES or NO that a message begins with before it goes on: "no, on Friday".

    "Yes, but what does it cost?" agrees to nothing yet.
    """
    match = _LEADING.match(text)
    if match is None:
        return None
    rest = text[match.end() :]
    if match["no"]:
        return Cue.NO
    return None if asks(rest) or corrects(rest) or _HEDGE.search(rest) else Cue.YES


def corrects(text: str) -> bool:
    """Whether the message has words of a correction."""
    return _CORRECTION.search(text.replace("’", "'")) is not None


def refers(text: str) -> bool:
    """Whether the message points at something by "it", "that one"."""
    return _PRONOUN.search(text) is not None


def asks(text: str) -> bool:
    """Whether the message looks like a question."""
    return _QUESTION.search(text.strip()) is not None


def declines(text: str, keywords: Iterable[str]) -> bool:
    """Whether the message says not to want what the keywords name: "no refund, please", "我不是要退款"."""
    if asks(text):
        return False
    plain = text.lower().replace("’", "'")
    for keyword in keywords:
        word = re.escape(keyword.lower())
        pattern = (_NEGATED_EN if keyword.isascii() else _NEGATED_ZH) + word
        match = re.search(pattern, plain)
        # "You do not refund me" is no wish of the visitor.
        if match is not None and _OTHERS_DO_NOT.search(plain[: match.start()]) is None:
            return True
    return False


NUMERALS: Final = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
}
_EN_PLACES: Final = (
    "first 1st",
    "second 2nd",
    "third 3rd",
    "fourth 4th",
    "fifth 5th",
    "sixth 6th",
    "seventh 7th",
    "eighth 8th",
)
_EN_ORDINALS: Final = {word: number for number, words in enumerate(_EN_PLACES, start=1) for word in words.split()}
_ORDINAL_ZH: Final = re.compile(r"第\s*([一二三四五六七八九十]|\d{1,2})")
_LAST: Final = re.compile(
    r"最后(?:一|那|1)?[个种项条班款张趟家位台]?|倒数第一|后者|\b(?:the )?(?:last|latter)\b", re.IGNORECASE
)
_FORMER: Final = re.compile(r"前者|\bformer\b", re.IGNORECASE)
_ORDINAL_EN: Final = re.compile(
    rf"\b({'|'.join(_EN_ORDINALS)})\b|(?:\b(?:number|option|no\.?)|(?<![\w\]])#)\s*(\d{{1,2}})\b", re.IGNORECASE
)
_BARE_NUMBER: Final = re.compile(
    r"\s*(?:选|要|就)?\s*([一二两三四五六七八九十]|\d{1,2})\s*(?:号|个|吧|[.。、)）])?\s*"
)


_STARS: Final = re.compile(
    r"(?<![\d.])([1-5])(?![\d.])|([一二两三四五])(?=[分星颗])|\b(one|two|three|four|five)\b", re.IGNORECASE
)
_STARS_EN: Final = ("one", "two", "three", "four", "five")


def stars_of(text: str) -> str:
    """The rating, 1 to 5, that a short message gives; empty if it gives none or several."""
    found = list(_STARS.finditer(text)) if len(text.strip()) <= 16 else []
    if len(found) != 1:
        return ""
    digit, numeral, word = found[0].groups()
    return digit or str(NUMERALS[numeral] if numeral else _STARS_EN.index(word.lower()) + 1)


def ordinal_of(text: str, *, bare: bool) -> int | None:
    """The place (1, 2, ...) that a message picks, -1 for the last one; None if it picks none.

    `bare`: a number alone counts, too, as an answer to a list does.
    """
    if match := _wanted(_ORDINAL_ZH, text):
        return NUMERALS.get(match[1]) or int(match[1])
    if match := _wanted(_ORDINAL_EN, text):
        return _EN_ORDINALS[match[1].lower()] if match[1] else int(match[2])
    if _wanted(_FORMER, text):
        return 1
    if _wanted(_LAST, text):
        return -1
    if bare and (match := _BARE_NUMBER.fullmatch(text)):
        return NUMERALS.get(match[1]) or int(match[1])
    return None


def _wanted(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first match that the visitor does not deny: "not the first one, the second"."""
    return next((one for one in pattern.finditer(text) if not NEGATED_BEFORE.search(text[: one.start()])), None)
