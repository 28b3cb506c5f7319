"""Words that tell what kind of wish a message is: something else as well, a change, a person, giving up."""

from __future__ import annotations

import re
from typing import Final

from chat.dialogue.cues import LONGEST

_ADDS: Final = re.compile(
    r"还(?!是|没|不|能)|另外|再帮|再给|顺便|然后|接着|同时|以及|并且|完了|之后|\b(?:also|too|as well|"
    r"then|afterwards?|after that|next|plus|"
    r"in addition|besides|and (?:i|can|could|please))\b",
    re.IGNORECASE,
)
_WISH: Final = re.compile(
    r"我(?:还|现在|先|突然|又)?(?:想|要|需要)|帮我|给我|麻烦|能不能|可不可以|怎么|如何|有没有|"
    r"\b(?:i (?:want|need|would like|'?d like|wish)|i'd like|can (?:you|i|we)|could (?:you|i|we)|"
    r"please|how (?:do|can)|help me|instead|actually)\b",
    re.IGNORECASE,
)
_SOMEBODY: Final = re.compile(
    r"人工|真人|活人|客服|专员|坐席|经理|领导|投诉|转人|换(?:个)?人|找(?:个)?人|"
    r"\b(?:human|person|agent|representative|operator|manager|supervisor|somebody|someone|staff|"
    r"colleague|complain\w*)\b",
    re.IGNORECASE,
)


_PERSON_WANTED: Final = re.compile(
    r"(?:转|接|换|找|叫|要|让)(?:一?个|位|到|给|你们的?|真)*(?:人工|真人|活人|客服|同事|专员|坐席|"
    r"经理|工作人员)(?:来|处理|帮|聊|说|谈|吧|接|跟|和|$|[，。,.!！])|"
    r"\b(?:pass|put|transfer|connect|hand|switch|get) (?:me|us|this|it) (?:over |through |on )?(?:to|"
    r"with|a|an|some)\b[\w ]{0,20}?"
    r"\b(?:person|human|agent|representative|staff|someone|somebody|colleague|people|operator|advisor|"
    r"manager)\b|"
    r"\b(?:speak|talk|chat) (?:to|with) (?:a |an |one of |some |your |the |real |actual )*"
    r"(?:person|human|agent|representative|staff|someone|somebody|people|operator|advisor|manager)\b",
    re.IGNORECASE,
)
_NOT_NOW: Final = re.compile(
    r"(?:不|别|没)(?:用|要|想|必|需要)?\s*\Z|\b(?:not|don't|never|no need to|without)\b[\w ]{0,16}\Z",
    re.IGNORECASE,
)


def asks_for_person(text: str) -> bool:
    """Whether a longer message asks to be passed to a person."""
    match = _PERSON_WANTED.search(text)
    return match is not None and _NOT_NOW.search(text[: match.start()]) is None


def adds(text: str) -> bool:
    """Whether the message asks for something beside something else: "also", "还", "然后"."""
    return _ADDS.search(text) is not None


def wishes(text: str) -> bool:
    """Whether the message is worded as a wish: "I want", "帮我"."""
    return _WISH.search(text.replace("’", "'")) is not None


def wants_somebody(text: str) -> bool:
    """Whether people, or a complaint, are named in the message."""
    return _SOMEBODY.search(text) is not None


_CHANGE_WANTED: Final = re.compile(
    r"改(?:成|为|到|一?下)|换(?:成|为|到|一?下|个|一)|(?:想|要|能)[改换](?=.)|修改|更改|变更|更正|"
    r"纠正|应该是|[说写弄搞打记填输选]错|"
    r"\b(?:make (?:it|that)|chang(?:e|ing) (?:the|my|to)|switch to|instead|i meant?|i mean|should be|"
    r"mistyped|typo)\b",
    re.IGNORECASE,
)


def wants_change(text: str) -> bool:
    """Whether the message asks for something else than what is there, by words that no bare agreement has."""
    return _CHANGE_WANTED.search(text.replace("’", "'")) is not None


_GIVES_UP: Final = re.compile(
    r"\s*(?:那|那就|还是|唉|哎)*算了(?!一)|\s*(?:ok |oh |hmm? |then )*(?:never ?mind|forget (?:it|"
    r"about (?:it|this|that)))\b",
    re.IGNORECASE,
)
_ASKS_FOR_OTHERS: Final = re.compile(
    r"我(?:想|要)|帮我|改|换|\b(?:i want|i'd like|can you|could you|instead|make it|change)\b", re.IGNORECASE
)


def gives_up(text: str) -> bool:
    """Whether a message begins with "never mind" and goes on with nothing but why: "算了，太贵了"."""
    match = _GIVES_UP.match(text)
    return match is not None and len(text) <= LONGEST and _ASKS_FOR_OTHERS.search(text[match.end() :]) is None


_DENIES: Final = re.compile(
    r"[不没别勿]|算了|\b(?:no|not|never|nope|nah|don't|won't|can't|leave|keep|stop|forget)\b|n't\b", re.IGNORECASE
)


def denies(text: str) -> bool:
    """Whether a word of denial is anywhere in the message."""
    return _DENIES.search(text.replace("’", "'")) is not None
