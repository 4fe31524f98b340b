"""What people, places, companies are called and what they write: small pools that columns are put together from."""

from __future__ import annotations

from collections.abc import Sequence

from tests.monolith.awkward import NULL, TEXTS, escaped
from tests.monolith.draws import SLOTS, even, octets


def _listed(text: str) -> list[str]:
    """The words of `text`; `_` stands for a blank that does not separate."""
    return [word.replace("_", " ") for word in text.split()]


GIVEN = _listed(
    "Amina Rahim Zoë Łukasz Nguyễn Sofia Omar Björn Chidi Mei Priya Ananya Tomás Noor Farid Elif Ivan Aiko Jonas "
    "Leila Mateo Fatima Karim Nadia Yusuf Hana Ravi Sara Tariq Maya Anders Lucía Imran Olga Pavel Rosa Samir Tania "
    "Ueli Vera Wanda Xenia Yara Zahid Arif Bela Carlos Dina Emil Farah Georg Hasan Ines Jamal Kenji Lina Marek Nils "
    "Oksana Petra Rashed Selma Thanh Uma"
)
FAMILY = _listed(
    "Rahman Ahmed Chowdhury Müller Nowak García Tanaka Okafor Singh Ivanova Haddad Kim Larsen Novák O'Neil Silva "
    "Yılmaz Khan Islam Hossain Sørensen Dvořák Papadopoulos Nguyen Schmidt Rossi Dubois Andersson Costa Horvat "
    "Popescu Sultana Begum Akter Karim Das Roy Sen Gupta Patel Sharma Reddy Fernández Moreau Bianchi Keller Weber "
    "Wagner Becker Braun Lopes Pinto Mensah Diallo Traoré Abebe Mwangi Botha Nkosi Dlamini Zhang Wang Li Chen"
)
CITIES = _listed(
    "Dhaka Chittagong Berlin Zürich London Kraków Lagos Nairobi Toronto Austin Lisboa Singapore Sydney Tokyo Dubai "
    "Paris Wien København São_Paulo Ciudad_de_México Tel_Aviv New_York Remote Kuala_Lumpur"
)
FIRMS = _listed(
    "Northwind Meghna Padma Lumen Quarry Tideline Granite Halcyon Juniper Kestrel Larkspur Marble Nimbus Orchard "
    "Pinnacle Quill Riverbend Saffron Tamarind Umbra Verdant Willow Yarrow Zephyr Ashgrove Birch Cobalt Driftwood "
    "Ember Foxglove"
)
KINDS = _listed("Labs Systems Foods Textiles Bank Logistics Energy Studio Partners Health Media Works")
TRADES = _listed(
    "Engineer Teacher Physician Architect Analyst Designer Nurse Accountant Lawyer Researcher Journalist Pilot "
    "Chemist Consultant Founder Librarian"
)
FACULTIES = _listed("CSE EEE Civil Mechanical Chemistry Physics Economics English Law Medicine Architecture Statistics")
SKILLS = _listed(
    "Python Go Rust Java Kotlin Swift SQL PostgreSQL Redis Kafka Linux Docker Kubernetes Terraform Spark Pandas "
    "React Vue Angular TypeScript C C++ C# PHP Ruby Elixir Scala Excel Accounting Negotiation Writing Translation "
    "Welding Nursing Pharmacology Teaching Photography Illustration Typography Figma AutoCAD MATLAB R Statistics "
    "Biology Chemistry Farming Cooking Sales Marketing SEO Recruiting Payroll Audit Law Logistics Aviation "
    "Navigation Music Chess Gardening"
)
ZONES = ["UTC", "Asia/Dhaka", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia"]
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36",
    "okhttp/4.12.0",
    "curl/8.7.1",
)
_WORDS = _listed(
    "we meet again in the old hall after many years please bring your family and tell us about work team project "
    "school science evening dinner talk help students learn find jobs build tools share what you know with others "
    "time place city river garden music food travel open source data market health story photo answer question "
    "thanks great soon maybe never always together lead grow plan ship test review write read listen remote office "
    "senior junior role salary benefits pension holiday flexible hours bicycle canteen train map letter lamp winter "
    "summer rain sun"
)


def _sentence(key: str, least: int, most: int) -> str:
    drawn = octets(key, most + 1)
    size = least + drawn[0] % (most - least + 1)
    words = [_WORDS[octet % len(_WORDS)] for octet in drawn[1 : size + 1]]
    return " ".join(words).capitalize() + "."


def sentences(key: str, least: int, most: int, *, null: int = 0, awkward: int = 8) -> tuple[str, ...]:
    """A table for one octet: sentences of `least` to `most` words, NULL and awkward texts on so many slots of 256.

    The awkward texts are a choice that depends on `key`; all of them are at most 60 characters.
    """
    start = octets(f"sentences {key}", 1)[0]
    odd = [escaped(TEXTS[(start + place) % len(TEXTS)]) for place in range(awkward)]
    plain = [_sentence(f"sentence {key} {place}", least, most) for place in range(SLOTS - null - awkward)]
    return (*odd, *[NULL] * null, *plain)


def filled(values: Sequence[str]) -> tuple[str, ...]:
    """The same table with another value in place of what is empty."""
    return tuple(value or "-" for value in values)


def names(values: Sequence[str], *, null: int = 0) -> tuple[str, ...]:
    """A table for one octet of these names, escaped, NULL on so many slots."""
    return even([escaped(value) for value in values], (NULL, null))


COMPANY_NAMES = [f"{firm} {kind}" for firm in FIRMS for kind in KINDS]
