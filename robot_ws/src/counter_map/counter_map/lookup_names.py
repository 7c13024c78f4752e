"""Cut a long official name into the parts people actually say."""

from __future__ import annotations

import re

_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_PREFIX = re.compile(r"^\s*(thủ tục|tthc|thủ tục hành chính)\s*:?\s+", re.IGNORECASE)
_PIECES = re.compile(r"[;/]| - ")
# What follows these words says in which case or by whom, not what: a head without it is a name of its own.
_QUALIFIERS = re.compile(
    r"\s*,?\s+(đối với|trong trường hợp|trường hợp|thuộc thẩm quyền|thuộc phạm vi|theo quy định|theo nguyện vọng|"
    r"trong giai đoạn|áp dụng|thuộc diện|do nhà đầu tư|đã được|được quy định|quy định tại|của cơ quan|tại cơ quan|"
    r"giữa cơ quan|trên địa bàn|tại địa phương|bằng dịch vụ công|thực hiện tại|thực hiện bằng|cho các đối tượng|"
    r"thuộc quyền quản lý|ở các cơ quan)\b.*",
    re.IGNORECASE,
)
LEAST_WORDS = 3


def name_parts(name: str) -> list[str]:
    """Give the name, and the shorter names inside it: without brackets, clause by clause, without its conditions."""
    parts = [name]
    plain = _PREFIX.sub("", _BRACKETS.sub(" ", _BRACKETS.sub(" ", name))).strip(" -;,.")
    for piece in (plain, *_PIECES.split(plain)):
        parts += [piece, _QUALIFIERS.sub("", piece)]
    kept: dict[str, None] = {}
    for part in parts:
        tidy = part.strip(" -;,.")
        if tidy and (part is name or len(tidy.split()) >= LEAST_WORDS):
            kept.setdefault(tidy)
    return list(kept)
