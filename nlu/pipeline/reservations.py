"""Whether a clause refuses or supposes something instead of asking for it.

"I do not want to talk to a human" names an intent as clearly as its opposite does, and so does "if I return it". A
message with such a clause is not read clause by clause: what is refused must not be done. What does not work is no
refusal ("I cannot pay", "it did not arrive"): that is what customers write about.
"""

from __future__ import annotations

import re

# What is refused may be the assistant itself: who wants no robot asks for a person.
_NO_ROBOT_CHINESE = (
    r"(?!(?:再|跟|和|用|让|找|对着|面对|一个|个|这个|这|你们的?|想|要)*(?:机器人|智能客服|智能助手|自动回复))"
)
_NO_ROBOT_ENGLISH = (
    r"(?!(?:\s+(?:want|need|wish|like|to|talk|talking|speak|speaking|chat|chatting|deal|dealing|with|a|an|the|this|your|any|another|more))*"
    r"\s+(?:bots?|robots?|chatbots?|machines?|ai|automated)\b)"
)
_BEFORE_CHINESE = (
    r"(?:我们|我|你们|你|您们|您|咱们|请|谢谢|感谢|亲|您好|你好|自己来|暂|先|也|就|都|又|还|可|那么|那|千万|现在|目前|暂时|今天|其实|但是|但|可是|不过"
    r"|所以|因为|即使|就算|真的|一定|麻烦|而是|而|并|才|这边|这次|好的|好|嗯|哦)*"
)
_CHINESE = (
    r"(?:(?:不用|不要(?!紧)|不(?:太|怎么|大)?想)"
    + _NO_ROBOT_CHINESE
    + r"|用不[上到](?=人工|真人|客服)|(?<!转)不转|不是(?![^，。,]*[吗么嘛])"
    r"|不需要|不必|不打算|不准备|不愿|不希望|无需|无须|毋须|甭|勿(?!忘)"
    r"|别(?![的人处墅名样家忘])|没想(?!到)|没打算|没有?(?:说过?)?要|(?<!你)(?<!们)拒绝|没必要|没有必要|用不着|犯不着|能不(?!能)"
    r"|不(?:找|麻烦|劳烦|经过|通过)|(?:能不能|可不可以|可以|能否)不(?!可以)|如果|要是|假如|假设|假若|倘若|若(?!干)|万一|除非|一旦)"
)
# Behind what it refuses, at the end: 人工就不用了, 真人我不要. Not 不要了 alone: so speaks who gives goods back.
_CHINESE_END = (
    r"(?:(?:(?<!用)不用|不必|(?<!需)不需要|没必要|(?<!有)没有必要|用不着)了?|(?<!要)不要|(?:就|也|都)(?:免|算|不要)了"
    r"|就(?:不|别|甭)(?![行能会对好是])\w{1,3}了)[吧啦啊呀哈哦]*"
)
_BEFORE_ENGLISH = (
    r"(?:(?:please|pls|but|and|or|so|just|only|even|though|although|because|since|well|oh|actually|really|no|ok|okay"
    r"|hi|hello|hey|thanks|thank\s+you|sorry|honestly)\b[\s,]*+)*"
)
_ENGLISH = (
    r"(?:(?:do\s+not|don'?t)\b(?!\s+(?:know|understand|see|have|get|work|remember|think|forget|hesitate)\b)"
    r"|(?:i|we)\s+(?:really\s+|definitely\s+|certainly\s+|just\s+)?(?:(?:do\s+not|don'?t|did\s+not|didn'?t|would\s+not"
    r"|wouldn'?t|never)"
    + _NO_ROBOT_ENGLISH
    + r"\s+(?:really\s+|even\s+|actually\s+)?(?:want|wanna|need|wish|ask|mean|intend|plan|require|like)"
    r"|no\s+longer\s+(?:want|need|wish|require)"
    r"|(?:am|are)\s+not\s+(?:asking|looking|interested|trying|going|planning)"
    r"|(?:will|shall)\s+not\s+(?:want|need|require))\b"
    r"|(?:i'?m|we'?re)\s+not\s+(?:asking|looking|interested|trying|going|planning)\b"
    r"|not\b(?!\s+(?:received|arrived|delivered|shipped|working|showing|fitting|found|been|yet|able|sure|happy|as)\b)"
    r"|(?:i|we)\s+(?:refuse|decline|never\s+(?:asked|wanted|said|meant)|can\s+(?:do|manage)\s+without|(?:have|see)\s+no\s+(?:wish|desire|need|reason|intention|interest))\b"
    r"|(?:i|we|you)\s+(?:do\s+not|don'?t)\s+have\s+to\b|let'?s\s+(?:not|leave|skip)\b|skip\s+(?:the|an?)\b"
    r"|(?:(?:i|we)\s+would|i'?d|we'?d)\s+(?:rather|prefer)\s+(?:to\s+)?not\b|(?:i|we|you)\s+(?:need\s+not|needn'?t)\b"
    r"|stop\s+(?:offering|asking|suggesting|telling|trying)\b|(?:never\s+mind|forget)\s+(?:about\s+)?(?:the|an?)\b"
    r"|(?:can|could|may)\s+(?:i|we)\s+(?:skip|avoid|do\s+without)\b"
    r"|(?:no\s+longer|(?:there(?:'s|\s+is)\s+)?no\s+need|no\s+more|without|instead\s+of|rather\s+than|if|unless|in\s+case|suppose"
    r"|supposing|assuming|provided)\b)"
)
# "no agent please", "a call is not necessary": not what a shop cannot do ("is not possible") or did not.
_ENGLISH_END = (
    r"(?:^(?:please\s+)?no\s+(?:human|person|agent|operator|representative|people)s?|(?:^|(?<!got)(?<!has)(?<!had)(?<!have)[\s,])no\s+(?:\w+\s+){1,3}(?:please|thanks|thank\s+you|needed|necessary|required|wanted)"
    r"|\s(?:(?:is|are|was)\s+not|(?:is|are|was)n'?t|(?:will\s+not|won'?t)\s+be)\s+(?:really\s+)?(?:needed|necessary|required|wanted))"
)
_OPENING = r"(?:^|[\s。！？!?；;，,、….:：])"
_RESERVED = re.compile(
    rf"{_OPENING}{_BEFORE_CHINESE}{_CHINESE}|(?:^|[。！？!?；;，,、….:：])\s*{_BEFORE_ENGLISH}{_ENGLISH}"
    rf"|(?:的话|{_CHINESE_END}|{_ENGLISH_END})\W*$",
    re.IGNORECASE,
)


def is_reserved(clause: str) -> bool:
    """Whether the clause opens, or goes on after its subject, with a negation or condition, or ends refusing."""
    return _RESERVED.search(clause.replace("’", "'")) is not None
