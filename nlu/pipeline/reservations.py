"""Whether a clause refuses or supposes something instead of asking for it.

"I do not want to talk to a human" names an intent as clearly as its opposite does, and so does "if I return it". A
message with such a clause is not read clause by clause: what is refused must not be done. What does not work is no
refusal ("I cannot pay", "it did not arrive"): that is what customers write about.
"""

from __future__ import annotations

import re

_BEFORE_CHINESE = (
    r"(?:我们|我|你们|你|您们|您|咱们|请|先|也|就|都|又|还|可|那么|那|千万|现在|目前|暂时|今天|其实|但是|但|可是|不过"
    r"|所以|因为|即使|就算|真的|一定|麻烦|而是|而|并|才|这边|这次|好的|好|嗯|哦)*"
)
_CHINESE = (
    r"(?:不用|不要(?!紧)|不想|不是|不需要|不必|不打算|不准备|不愿|不希望|无需|无须|毋须|甭|勿(?!忘)"
    r"|别(?![的人处墅名样家忘])|没想(?!到)|没打算|没要|如果|要是|假如|假设|假若|倘若|若(?!干)|万一|除非|一旦)"
)
_BEFORE_ENGLISH = (
    r"(?:(?:please|pls|but|and|or|so|just|only|even|though|although|because|since|well|oh|actually|really|no|ok|okay"
    r"|hi|hello|hey)\b[\s,]*)*"
)
_ENGLISH = (
    r"(?:(?:do\s+not|don'?t)\b(?!\s+(?:know|understand|see|have|get|work|remember|think|forget|hesitate)\b)"
    r"|(?:i|we)\s+(?:really\s+|definitely\s+|certainly\s+|just\s+)?(?:(?:do\s+not|don'?t|did\s+not|didn'?t|would\s+not"
    r"|wouldn'?t|never)\s+(?:really\s+|even\s+|actually\s+)?(?:want|need|wish|ask|mean|intend|plan|require|like)"
    r"|no\s+longer\s+(?:want|need|wish|require)"
    r"|(?:am|are)\s+not\s+(?:asking|looking|interested|trying|going|planning)"
    r"|(?:will|shall)\s+not\s+(?:want|need|require))\b"
    r"|(?:i'?m|we'?re)\s+not\s+(?:asking|looking|interested|trying|going|planning)\b"
    r"|not\b(?!\s+(?:received|arrived|delivered|shipped|working|showing|fitting|found|been|yet|able|sure|happy|as)\b)"
    r"|(?:no\s+longer|no\s+need|no\s+more|without|instead\s+of|rather\s+than|if|unless|in\s+case|suppose"
    r"|supposing|assuming|provided)\b)"
)
_OPENING = r"(?:^|[\s。！？!?；;，,、….:：])"
_RESERVED = re.compile(
    rf"{_OPENING}{_BEFORE_CHINESE}{_CHINESE}|(?:^|[。！？!?；;，,、….:：])\s*{_BEFORE_ENGLISH}{_ENGLISH}|的话\W*$",
    re.IGNORECASE,
)


def is_reserved(clause: str) -> bool:
    """Whether the clause opens, or goes on after its subject, with a negation or a condition."""
    return _RESERVED.search(clause.replace("’", "'")) is not None
