"""Whether an answer to a question that wants a yes or a no is one, whatever words it is said in.

The message is read clause by clause. Plain words of agreement or refusal count most; then what only agrees or
refuses beside the question: its words taken up ("shall I cancel it?" - "cancel it"), doing words ("go on then",
"那就办吧"), and how things stand after a remedy was tried ("still the same"). Of equal ones the last counts,
because people think aloud. A clause that asks, waits or reserves something after the last verdict undoes it.
"""

from __future__ import annotations

import re
from typing import Final

from chat.dialogue.cues import Cue, asks, squeezed

LONGEST: Final = 120
"""Characters of a message that may be nothing but a yes or a no."""

SHORT_DOING: Final = 2
"""Characters of an answer that may take up any word of the question's text: "换"."""

_CLAUSES: Final = re.compile(
    r"[，,。.!！;；、~～…\n—]+|(?<=[?？])|(?<=[\u4e00-\u9fff])\s+|\s+-\s+"
    r"|(?<=[\u4e00-\u9fff]{2})(?=那就|那我|那还|那咱|所以|就这|就按|就那)"
    r"|\b(?:so|and|then|because|since|cause)\b(?=\s+\w+\s+\w+)",
    re.IGNORECASE,
)
_FILLERS: Final = re.compile(
    r"^(?:(?:我们?自己|自己|我们?|咱们?|还是|就|那就|那|先|暂时|暂且|这次|今天|现在|也|都|可|千万|"
    r"你们?|您|麻烦|请|帮我|给我|帮忙|要不|其实|"
    r"算是|嗯+|哦+|啊+|呃+|唉+|哎呀?|行吧?|好吧)(?=.))*"
)

_NO_ZH: Final = re.compile(
    r"不(?!错|介意|要紧|客气|过|好意思|止|然|管|论|仅|但|同|变$|变了|急|后悔|会后悔|用(?:再)?(?:改|换|"
    r"看|想|问|核对|考虑|犹豫|担心|等|补)"
    r"(?:了|啦)?[^，]{0,4}(?:直接|就|办|订))"
    r"|别|甭|没(?:有)?必要|算了|免了|罢了|放弃|拒绝|没兴趣|没想好|没(?:打算|准备|决定)"
)
_NO_ANYWHERE: Final = re.compile(
    r"不(?:想|要|打算|准备|愿意|同意|接受|考虑)|(?:就|先|也|还是|那)不[^，]{1,4}了?$|"
    r"[^是要能]不[^，错用]{1,3}了$|"
    r"再(?:想想|想一?想|考虑|看看|看一?看|说吧?$|商量|比较|比一?比|等等?|观察)|考虑(?:一下|下|考虑)|"
    r"想想再|改天|下次|下回|"
    r"以后再|回头再|过(?:几天|两天|阵子|段时间)|晚点再|到时候再|(?:等|问)(?:等|问|一?问|我|过|发|"
    r"下)[^，]{0,8}(?:再|以后|之后|意见|老婆|老公|家人)|"
    r"先问问?|先等等|先(?:试|放着|留着|缓缓|这样|观望|搁着)|保持(?:原样|不变|现状)|维持|(?:按|"
    r"还是)原来(?:的|那)"
)
_TOO_MUCH: Final = re.compile(
    r"太(?:贵|高|慢|久|麻烦|晚|早|远|多|少|亏|坑)|贵了|有[点些](?:贵|高|亏|多)|不划算|划不来|不值|"
    r"不合算|受不了|"
    r"\b(?:too|so|far too|a bit|rather|that) (?:expensive|dear|much|high|late|long|pricey|steep|early|"
    r"slow|far|many)\b|"
    r"\b(?:rip-?off|not worth|can't afford|cannot afford)\b",
    re.IGNORECASE,
)
_YES_ZH: Final = re.compile(
    r"(?:是(?!不是|否|吗|什么|谁|哪|多少|几)|对(?!了|不|面|方|比)|好(?!贵|像|久|多|不|难|吗|慢|远|几|"
    r"烦|奇怪|麻烦|坑)|行(?!李|程|吗|不行)|"
    r"可以(?!吗|便宜|换|改|不|再|先)|嗯|哦?了?解|成(?!都|人)|中(?=$|的|了)|妥|要得|得嘞|好嘞|ok|okay|"
    r"没(?:有)?(?:问题|毛病|意见|错|关系|事)|不错|无误|(?:需要|想要|要)(?=$|的|了|吧|啊)|来(?=一|个|"
    r"吧|两)|[买拍订占约](?=$|了$)|同意|确认|确定|当然|正确|接受|必须|一定|可不|没说的|就是)"
)
_YES_ANYWHERE: Final = re.compile(
    r"成交|下单|走起|安排上?|搞起|拍板|定(?:了|下来?|吧)|就(?:定|要|选|用|按|照|它|他|这|那)|按(?:这|"
    r"你|您)|照(?:这|办|做)|"
    r"这样(?:就)?(?:行|好|可以|办|吧)|没(?:有)?(?:问题|毛病|意见|错)|同意|(?<!不)确认|接受|认可|无误|"
    r"都对|全对|麻烦(?:你|您)?了$|"
    r"(?:有劳|辛苦)(?:你|您)?了?$|(?:继续|马上|立即|立刻|赶紧|尽快|直接|现在就?)(?:办|弄|订|改|退|换|"
    r"提交|处理|修|约|发|开|停|交|充)|"
    r"办(?:了|吧|理吧?|掉|好)|提交|搞定"
)
_DO_ZH: Final = re.compile(
    r"(?:吧|呗|好了|就行|就好|即可|行了|罢了?|掉|上|一下|一个|起来|了吧)$|^(?:帮|给|请|麻烦|就|那就|"
    r"直接|要|继续|马上|赶紧|快|再)"
)
_VERBS_ZH: Final = frozenset("办弄搞订定改换退买下发开交充加约修寄查留占报申登锁停补送取升降选付")

_NO_EN: Final = re.compile(
    r"(?:no(?! (?:problem|worries|rush|issue|doubt|objection|need to (?:ask|change|check|wait)|"
    r"changes))|nope|nah|negative|"
    r"not(?= (?:now|yet|today|tonight|really|needed|necessary|for|interested|worth|that|this|it|if|"
    r"right|so|sure|quite|at|happy)\b|$)"
    r"(?! (?:a problem|bad|at all a problem))|don'?t(?! worry| mind| care)|do not|didn'?t|won'?t|"
    r"can'?t|cannot|never|never ?mind|"
    r"(?:forget|leave|skip|stop|drop|scrap)(?= (?:it|that|this|the|them|my|our|about|everything|"
    r"things|those)\b|$)|hold off|rather not|pass|maybe (?:later|not|another|some)|perhaps (?:later|"
    r"another)|"
    r"another (?:time|day)|some other (?:time|day)|later|(?:then )?i(?:'?d| would) rather|i(?:'?ll|"
    r" will) (?:pass|think|wait|leave|let)|"
    r"(?:hm+|er+|ah|oh) (?:no|nah)|i(?:'?ll| will| need to| have to| must| want to|"
    r"'?d like to) (?:first )?(?:talk|ask|check|speak|try|do it myself|manage)|let me (?:think|check|"
    r"ask|see)|let'?s (?:not|leave|wait)|changed my mind|wrong|incorrect)\b"
)
_NO_EN_ANYWHERE: Final = re.compile(
    r"\b(?:(?:do|does|did|would|will|am|is|are|was)(?:n'?t| not)|don'?t|won'?t|not|never|"
    r"no longer)\b(?! (?:mind|worry|bad|a problem))"
    r"|\b(?:think (?:about )?(?:it|this|that)?(?: over)?|sleep on it|rather not|changed my mind|"
    r"hold off|no thanks?|no thank you|"
    r"leave it|leave (?:the|them|things|everything)|forget (?:it|about|the)|skip (?:it|that|this)|"
    r"never ?mind|without it)\b"
)
_YES_EN: Final = re.compile(
    r"(?:(?:sure|well|so) why not|yes|yeah|yea|yep|yup|ya|yess+|aye|sure|surely|ok|okay|okey|k|fine|"
    r"alright|all right|right|correct|perfect|great|lovely|"
    r"excellent|brilliant|wonderful|super|cool|good|nice|deal|agreed|absolutely|definitely|certainly|"
    r"exactly|indeed|"
    r"please do|do (?:it|that|so|this|go)|let'?s (?:do|go|have)|(?:that|it)(?:'?d| would) be|i(?:'?d|"
    r" would) (?:like|love)(?= (?:that|it|one|to)\b)|go (?:ahead|for|on)|confirm(?:ed)?|sounds?|"
    r"looks?(?= (?:good|right|fine|great|ok|correct))|"
    r"works for me|(?:that|this|it)(?:'?s| is| all| looks| works| will| sounds)? ?(?:works|right|fine|"
    r"good|correct|great|ok|okay|perfect|"
    r"all right|alright|looks (?:right|good|fine)|sounds (?:right|good|fine)|will do|does it|do|the one|it)|"
    r"(?:everything|all|all of it|it all)(?:'?s| is| looks| seems)? ?(?:right|fine|good|correct|ok|"
    r"well)|by all means|of course|why not|"
    r"i(?:'?m| am) (?:happy|ok|okay|fine|good|sure|in)|i (?:agree|accept|confirm|do|am|have|did)|"
    r"happy with|proceed|carry on|"
    r"no (?:problem|worries|objection|issue|changes)|not a problem|not bad|please)\b"
)
_TAIL_EN: Final = re.compile(
    r"\b(?:go ahead|do it|go for it|please do|sounds good|works for me|make it so|that'?s (?:it|fine|right))$"
)
_DO_EN: Final = re.compile(
    r"^(?:please |just |kindly |now |then |so |ok |well |i(?:'?d like| want| would like)(?: you)? to |"
    r"i(?:'?ll| will) |"
    r"let(?:'?s| us) |can you |could you |would you |you (?:can|may) |go (?:and |ahead and )?)*"
    r"(?P<verb>[a-z]+)\b"
)
_VERBS_EN: Final = frozenset(
    re.findall(
        r"[a-z']+",
        "book order reserve buy change swap move send submit place make take get register schedule pay "
        "put give switch upgrade renew return refund exchange issue add top block lift arrange file "
        "request charge apply start finish complete process hold repair fix deliver collect report open "
        "close activate cancel freeze transfer set try proceed continue",
    )
)
_OTHERWISE: Final = re.compile(r"\b(?:instead|rather|another|different|other|else)\b|换(?:个|成|一)|别的|其他|另")
_STATE_GOOD: Final = re.compile(
    r"(?:^好|修好|弄好|搞好|恢复|解决|好使|管用|能用|可以用|正常|好了|行了|通了|亮了|连上|能(?:上|开|"
    r"用|打|充|连))(?:网|机|电)?(?:了|啦|的)?|"
    r"\b(?:works?(?: now| again| fine)?|working|fixed|solved|sorted|resolved|it'?s back|did the trick|"
    r"helped|running|runs|back to normal)\b"
)
_STATE_BAD: Final = re.compile(
    r"^还(?:是|在|有|会|没|不)?\w{1,3}$|"
    r"(?:还|依然|仍|照样|依旧|照旧|又)[^，]{0,8}(?:不|没|老样子|一样|那样|这样|漏|响|坏|堵|慢|卡|红|"
    r"闪|报错|故障)|没(?:有)?(?:用|好|效|解决|恢复|变化|改善|反应)|"
    r"不(?:管用|起作用|顶用|见好|行|灵)|老样子|白搭|"
    r"\bstill\b|\b(?:didn'?t|did not|doesn'?t|does not|hasn'?t|isn'?t|not) (?:help|work|working|fix|"
    r"fixed|change|solve|any better)|"
    r"\bno (?:luck|change|difference|better|good)\b|\bsame (?:problem|thing|issue|as before)\b|"
    r"\bnothing (?:changed|happen)"
)
_STILL_ASKED: Final = re.compile(r"还(?!款|清|钱|需|要)|仍|\bstill\b", re.IGNORECASE)
_WAITS: Final = re.compile(
    r"不过|但是?(?!愿)|可是|只是|等等|等一?下|稍等|等会|慢着|^\s*(?:no |oh |ok )?wait\b(?! for)|"
    r"\b(?:but|wait a|hold on|except|unless|only if|hang on)\b"
)
_HAN: Final = re.compile("[\u4e00-\u9fff]")
_COMMON_ZH: Final = frozenset(
    "的了是我您你要吗吧不在有个这那为给请和到上下就都也会能可以把将从与及或一二三共元号天月日年时分确认对好没问题需现还"
)
_ENGLISH_WORD: Final = re.compile(r"[a-z]{3,}")
_COMMON_EN: Final = frozenset(
    re.findall(
        r"[a-z']+",
        "the and for with you your shall would like this that these those are can could will should from "
        "have has does did all any not now here there what which want was were yes yuan day per them "
        "they its our",
    )
)

_ASKS_NOTHING: Final = re.compile(
    r"没(?:什么|啥)|\bwhy not\b|^\s*(?:can|could|would|will) you\b|^\s*(?:do (?:it|that|so|this)|"
    r"does it|is (?:fine|ok|good))\b",
    re.IGNORECASE,
)
_GO_AHEAD: Final = re.compile(
    r"成交|下单|就(?:定|按|照)|这样(?:办|吧)|(?:继续|马上|立即|立刻|赶紧|直接)(?:办|弄|订|改|退|换|"
    r"提交|处理)|办吧|提交|"
    r"\b(?:go (?:ahead|for it)|do (?:it|that)|proceed|book it|confirm)\b"
)
_EXPLICIT: Final = re.compile(r"(?:是的?|不是?|不了|不用了?|不要了?|对的?|yes|yeah|yep|no|nope|nah)")
_MILD_NO: Final = re.compile(r"(?:leave|stop|drop|skip|scrap|forget|never ?mind|pass|later|wrong)\b")

_DEFERS: Final = re.compile(
    r"改天|改日|换(?:一?天|个?时间)|下次|下回|\b(?:another|some other|a different) (?:time|day)\b"
)
_DENIED: Final = re.compile(r"[不别没]|算了|再说|\b(?:no|not|never|maybe|perhaps)\b|n't\b")
_MOVES: Final = re.compile(
    r"改(?:约|期|签|天|日|个?时间|到|一?下时间)|换(?:一?天|个?时间|个?日子)|另(?:约|选)|推迟|延(?:后|期)|"
    r"\b(?:mov(?:e|ing) (?:it|the|your)|reschedul|postpon|rebook|(?:another|different|other) (?:day|time|date))"
)

_PLAIN, _STRONG, _WEAK = 3, 2, 1


def verdict_in(text: str, question: str = "", *, sure: bool = False) -> Cue | None:
    """YES or NO if the message as a whole is one, as an answer to the question; None if it is none.

    `sure`: only in plain words, not by taking up words of the question or by what is to be done.
    """
    found = _weighed(text, question)
    return found[1] if found is not None and (found[0] > _WEAK or not sure) else None


def _weighed(text: str, question: str) -> tuple[int, Cue] | None:
    if len(text) > LONGEST:
        return None
    asked = questions_of(question)
    best: tuple[int, Cue] | None = None
    for raw in _CLAUSES.split(text):
        if not raw or not raw.strip():
            continue
        if waits := _WAITS.search(raw.lower()):
            # "Wait, no" refuses; whatever else comes after it agrees to nothing.
            left = (
                _of_clause(raw[waits.end() :], asked, question.casefold()) if raw[waits.end() :].strip() else None
            )
            best = left if left is not None and left[1] == Cue.NO and not best else None
            continue
        found = _of_clause(raw, asked, question.casefold())
        if found is None:
            # A question after a yes wants an answer first; one before it was only thought aloud.
            if asks(raw) and best is not None and best[1] == Cue.YES:
                best = None
            continue
        if best is None or found[0] >= best[0] or (found[0] == _STRONG and best[0] == _PLAIN and _outweighs(raw)):
            best = found
    return best


def _outweighs(raw: str) -> bool:
    """Whether a clause counts even after a plain yes or no: it says to go on, or no by more than a mild word."""
    plain = squeezed(raw)
    if _HAN.search(plain):
        return (
            _GO_AHEAD.search(plain) is not None or re.match(_NO_ZH, _FILLERS.sub("", plain, count=1)) is not None
        )
    denied = _NO_EN.match(plain) is not None or _NO_EN_ANYWHERE.search(plain) is not None
    return _GO_AHEAD.search(plain) is not None or (denied and _MILD_NO.match(plain) is None)


def questions_of(question: str) -> str:
    """The sentences of a text that ask, in lower case; the last one if none has the mark of a question."""
    parts = [part for part in re.split(r"[。.!！\n;；]+(?!\d)|(?<=[?？])", question) if part.strip()]
    asking = [part for part in parts if part.rstrip()[-1] in "?？"]
    return " ".join(asking or parts[-1:]).casefold()


def _of_clause(raw: str, asked: str, whole: str) -> tuple[int, Cue] | None:
    if raw.strip()[-1:] in "?？" or (asks(raw) and not _ASKS_NOTHING.search(raw)):
        return None
    lowered = raw.lower().replace("’", "'").strip()
    plain = squeezed(lowered) or lowered
    if _DEFERS.search(plain) and _MOVES.search(asked) and not _DENIED.search(plain):
        # "Another time, then" puts a purchase off, but takes up the offer to move something.
        return (_WEAK, Cue.YES)
    if _EXPLICIT.fullmatch(plain):
        return (_PLAIN, Cue.NO if plain.startswith(("不", "n")) else Cue.YES)
    if _HAN.search(plain):
        chinese = _chinese(lowered)
        return _of_chinese(chinese, whole if len(chinese) <= SHORT_DOING else asked)
    return _of_english(plain, lowered, asked)


def _chinese(lowered: str) -> str:
    """A Chinese clause without marks and thanks; its particles stay, they tell what it does."""
    return re.sub(r"[\W_]+|谢谢你?|谢了|多谢|[啊呀啦哈哟喔嘛哒]+$", "", lowered) or lowered


def _remarks(bare: str) -> bool:
    """Whether a clause with a "not" in it only says how something is: "不用补钱", "不贵"."""
    return (
        re.fullmatch(
            r"不(?:用|要|需要?|必)?(?!了|是|行|可以|同意|想|打算|愿意|接受|对|买|订|办|约|修|换|改|"
            r"退)\w+(?<![了吧啦])",
            bare,
        )
        is not None
    )


def _of_chinese(plain: str, asked: str) -> tuple[int, Cue] | None:
    bare = _FILLERS.sub("", plain, count=1)
    state = _state(plain, asked)
    if re.match(_NO_ZH, bare) or re.match(_NO_ZH, plain):
        kept = re.search(r"取消|退|停|撤|不要了", bare)
        if _remarks(bare) and not _takes_up(bare, asked):
            return (_WEAK, Cue.NO) if len(bare) <= 3 else None
        # "别取消" where the question is whether to cancel is a no, and so is "不要取消" anywhere: it declines.
        return (_STRONG, Cue.NO) if state != Cue.YES or kept else (_WEAK, Cue.YES)
    if state is not None:
        return (_WEAK, state)
    if _TOO_MUCH.search(plain) or _NO_ANYWHERE.search(plain):
        return (_WEAK if not _NO_ANYWHERE.search(plain) else _STRONG, Cue.NO)
    if re.match(_YES_ZH, bare) or re.match(_YES_ZH, plain):
        return (_STRONG, Cue.YES)
    if ("还是" in plain or "留" in plain) and not _takes_up(plain.replace("还是", ""), asked):
        return (
            (_WEAK, Cue.NO)
            if plain.endswith(("吧", "了", "好", "着", "留")) and not _OTHERWISE.search(plain)
            else None
        )
    if _YES_ANYWHERE.search(plain) and not _OTHERWISE.search(plain):
        return (_STRONG, Cue.YES)
    doing = _DO_ZH.search(plain) is not None or len(plain) <= 3
    taken = _takes_up(plain, asked)
    if len(plain) <= 14 and not _OTHERWISE.search(plain):
        if re.fullmatch(r"取消(?:掉|吧|了吧?)?", plain) and not taken:
            return None
        if taken and (doing or len(plain) <= 6):
            return (_WEAK, Cue.YES)
        if doing and plain.endswith(("吧", "呗", "掉")) and any(letter in _VERBS_ZH for letter in plain):
            return (_WEAK, Cue.YES)
    return None


def _of_english(plain: str, lowered: str, asked: str) -> tuple[int, Cue] | None:
    state = _state(lowered, asked)
    if re.search(r"\bwhy not$", plain):
        return (_STRONG, Cue.YES)
    if _NO_EN.match(plain) or _NO_EN.match(lowered):
        if state == Cue.YES:
            return (_WEAK, Cue.YES)
        # "Leave it", "stop it" may be the very thing that was asked about.
        first = plain.split()[0]
        if first in ("leave", "stop", "drop", "skip", "forget") and re.search(rf"\b{first}", asked):
            return (_WEAK, Cue.YES)
        return (_STRONG, Cue.NO)
    if _YES_EN.match(plain) or (_YES_EN.match(lowered) and plain):
        return (_STRONG, Cue.YES) if not _NO_EN_ANYWHERE.search(plain) else (_STRONG, Cue.NO)
    if state is not None:
        return (_WEAK, state)
    if _NO_EN_ANYWHERE.search(plain) or _TOO_MUCH.search(plain):
        return (_WEAK, Cue.NO)
    if _TAIL_EN.search(plain):
        return (_STRONG, Cue.YES)
    if asks(lowered) and not re.match(r"(?:can|could|would) you\b", lowered):
        return None
    words = plain.split()
    match = _DO_EN.match(plain)
    if match is None or len(words) > 9 or _OTHERWISE.search(plain):
        return None
    verb = match["verb"]
    if verb == "keep" and not re.search(r"\bkeep", asked):
        return (_WEAK, Cue.NO) if not re.search(r"\b(?:hold|reserve|sav)", asked) else (_WEAK, Cue.YES)
    if re.search(rf"\b{re.escape(verb[:5])}", asked) and len(verb) > 2 and verb not in _COMMON_EN:
        return (_WEAK, Cue.YES)
    if verb in ("cancel", "stop"):
        return None
    return (_WEAK, Cue.YES) if verb in _VERBS_EN and len(words) > 1 else None


def _state(plain: str, asked: str) -> Cue | None:
    """How things stand, as the answer to "has it helped?", or to "is it still so?"."""
    flipped = _STILL_ASKED.search(asked) is not None
    if _STATE_BAD.search(plain):
        return Cue.YES if flipped else Cue.NO
    if _STATE_GOOD.search(plain) and not re.search(r"[不没]|\bnot\b|n't\b|想|要|\bwant|\bneed", plain):
        return Cue.NO if flipped else Cue.YES
    return None


def _takes_up(plain: str, asked: str) -> bool:
    """Whether a clause has a telling character of the question's."""
    return any(letter in asked for letter in plain if _HAN.match(letter) and letter not in _COMMON_ZH)
