"""Values that break careless readers, writers and comparisons, as COPY text takes them."""

from __future__ import annotations

import json
from collections.abc import Sequence

from tests.monolith.draws import octets

NULL = r"\N"

#: Plain text; each is at most 60 characters, and none is two times the same without regard to case.
TEXTS = (
    "Ame\u0301lie Lefe\u0300vre",
    "Amélie Lefèvre",
    "مرحبا بالعالم",
    "\u202eright to left\u202c and back",
    "שלום, עולם",
    "👩\u200d👩\u200d👧\u200d👦 🇧🇩 👍🏽",
    "𠜎𠜱 𝒜𝓁𝓊𝓂𝓃𝒾 \U0010ffff",
    "İstanbul ıſ ẞ ß ŉ ǅ ﬁ",
    """O'Brien said "so" ''twice'' `once`""",
    "C:\\new\\table\\",
    "one\ttwo\t\tthree",
    "first\nsecond\n\nfourth\n",
    "carriage\rreturn\r\nand both",
    "\\N",
    "\\.",
    "",
    "NULL",
    "  blanks around  ",
    "\x01\x02\x1b[31m\x7f\x85",
    "%s %(a)s {0} $1 ${HOME} :name ?",
    "'); DROP TABLE users; -- /* */",
    "\ufeffmark\u00a0nbsp\u2028line\u2029paragraph\u200b",
    "a,b;c|d\x1fe",
    "{}",
    "[null]",
    "<script>&amp;</script>",
    "-0",
    "1e400",
    "ﷺ",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢",
)

#: Text arrays, as literals.
ARRAYS = (
    "{}",
    "{NULL}",
    '{""}',
    '{"NULL",NULL,null}',
    r'{"quote \" and backslash \\","comma, brace {}"," blanks "}',
    '{"tab\there","line\nbreak",ünïcödé,"👍🏽 مرحبا"}',
    "{{a,b},{c,NULL}}",
    "[0:1]={zero,one}",
)

#: Arrays of smallint.
SMALL_ARRAYS = ("{}", "{NULL}", "{1,NULL,7}", "{-32768,32767}", "{{1,2},{3,4}}", "[0:2]={0,1,2}", NULL)

DATES = ("-infinity", "infinity", "0001-01-01", "9999-12-31", "0044-03-15 BC", "2000-02-29", "5874897-12-31")

#: 02:30 of Berlin on 28 March 2021 was not there, on 31 October it was there twice; then New York, and far off.
TIMES = (
    "2021-03-28 00:59:59.999999+00",
    "2021-03-28 01:30:00+00",
    "2021-10-31 00:30:00+00",
    "2021-10-31 01:30:00+00",
    "2021-03-14 07:00:00+00",
    "0001-01-01 00:00:00+00",
    "9999-12-31 23:59:59.999999+00",
    "1969-12-31 23:59:59.999999+00",
    "-infinity",
    "infinity",
    "4713-01-01 00:00:00+00 BC",
    "294276-12-31 23:59:59.999999+00",
)

ADDRESSES = (
    "192.0.2.7",
    "10.0.0.0/8",
    "255.255.255.255",
    "0.0.0.0/0",
    "::",
    "::1",
    "2001:db8::/32",
    "fe80::1",
    "::ffff:192.0.2.128",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
)

#: Every octet, none at all, and what is not text.
BINARIES = (bytes(range(256)), b"", b"\x00", bytes(range(255, -1, -1)), b"\\x00\\000", "\N{SNOWMAN}".encode())


def escaped(value: str) -> str:
    """One value of COPY text; NULL is not one."""
    text = value.replace("\\", r"\\").replace("\t", r"\t")
    return text.replace("\n", r"\n").replace("\r", r"\r")


def all_escaped(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(escaped, values))


def binary(value: bytes) -> str:
    return r"\\x" + value.hex()


def document(value: object) -> str:
    """JSON in COPY text; characters as they are."""
    return escaped(json.dumps(value, ensure_ascii=False))


def _nested(depth: int) -> object:
    inner: object = list(TEXTS)
    for level in range(depth):
        inner = {f"level {level}": inner, "with": [level, None, True, {"": ""}]} if level % 2 else [inner, {}, []]
    return inner


#: JSON objects: deep, with all the texts as keys and as values, with numbers that no float holds.
DOCUMENTS = (
    document({"texts": list(TEXTS)}),
    document({text or "empty": {text: [text]} for text in TEXTS}),
    document({"deep": _nested(60)}),
    r'{"big": 123456789012345678901234567890, "exact": 0.1000, "tiny": 1e-300, "minus": -0.0, "huge": 1e500}',
    r'{"escapes": "\\u00e9 \\ud83d\\ude00 \\\\ \\/ \\" \\t \\n \\r \\b \\f \\\\N", "again": 1, "again": 2}',
    '{"": "", " ": null, "null": "null", "a.b": {"c[0]": []}, "$oid": "0"}',
    document({"wide": {f"key {number}": number for number in range(400)}}),
)


def long_text(key: str, size_bytes: int) -> str:
    """Lines of words that do not compress: what PostgreSQL stores out of line."""
    digits = octets(f"long {key}", size_bytes // 2 + 1).hex()[:size_bytes]
    parts = [digits[place : place + 59] for place in range(0, size_bytes, 60)]
    return r"\n".join(parts)


#: Over 8 kB, and over 100 kB.
LONG_TEXTS = (long_text("a", 9_000), long_text("b", 120_000))
