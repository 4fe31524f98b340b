"""jobs, what stands in the first rows of each table: awkward values of every kind that a column takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.monolith.awkward import (
    ADDRESSES,
    ARRAYS,
    DATES,
    DOCUMENTS,
    LONG_TEXTS,
    NULL,
    TEXTS,
    TIMES,
    all_escaped,
    binary,
)

_TEXTS = all_escaped(TEXTS)
_FILLED = tuple(text for text in _TEXTS if text)
_LONG = (*LONG_TEXTS, NULL, *_TEXTS[:9])
_ARRAYS = all_escaped(ARRAYS)
#: Hashes of 32 octets that have every octet between them, and those of one octet alone.
_HASHES = [binary(bytes(range(first, first + 32))) for first in range(0, 256, 32)]
_INTEGERS = ("-2147483648", "2147483647", "0")

AWKWARD: Mapping[str, Mapping[str, Sequence[str]]] = {
    "users": {
        "email": [f"O'Odd+{place}%s@Bücher.example" for place in range(6)],
        "first_name": _TEXTS,
        "last_name": _TEXTS[::-1],
        "headline": _TEXTS[3:],
        "bio": (*LONG_TEXTS, NULL, *_TEXTS),
        "skills": _ARRAYS,
        "profile": DOCUMENTS,
        "locked_until": TIMES,
        "failed_logins": ("-32768", "32767", "0"),
    },
    "user_verification_tokens": {
        "token_hash": _HASHES,
        "created_at": ("-infinity", "0001-01-01 00:00:00+00", *TIMES[:4]),
        "expires_at": ("infinity", "9999-12-31 23:59:59.999999+00", *["2022-01-01 00:00:00+00"] * 4),
        "created_ip": ADDRESSES,
    },
    "user_sessions": {
        "refresh_token_hash": _HASHES[::-1],
        "ip_address": ADDRESSES,
        "user_agent": _TEXTS,
        "device": DOCUMENTS,
        "last_seen_at": TIMES,
    },
    "companies": {
        "name": _TEXTS[:14],
        "slug": _FILLED[:12],
        "description": _LONG,
        "founded_year": ("-32768", "32767", "0", NULL),
        "metadata": DOCUMENTS,
    },
    "job_categories": {"description": _LONG, "sort_order": _INTEGERS},
    "jobs": {
        "title": _TEXTS[:20],
        "description": (*LONG_TEXTS, "", *_TEXTS[:9]),
        "requirements": _TEXTS[:20],
        "salary_min": ("0.00", "9999999999.99", "NaN", "0.01", NULL),
        "salary_max": ("9999999999.99", "9999999999.99", "NaN", NULL, "-0.01"),
        "published_at": TIMES,
        "metadata": DOCUMENTS,
    },
    "job_skills": {"skill_name": _TEXTS, "min_years": ("32767", "0")},
    "applications": {
        "cover_letter": _LONG,
        "answers": DOCUMENTS,
        "metadata": DOCUMENTS[::-1],
        "score": ("0.00", "100.00", "99.99"),
        "submitted_at": TIMES,
        "source": ("", *_FILLED[:3]),
    },
    "application_attachments": {
        "sha256": _HASHES,
        "size_bytes": ("1", "20971520"),
        "file_name": _TEXTS[:28],
        "storage_key": _FILLED[:28],
    },
    "interviews": {
        # The hour that was left out in Berlin, both of those with one name, and far off.
        "scheduled_at": TIMES,
        "timezone": ("Europe/Berlin",) * 4,
        "duration_minutes": ("5", "480"),
        "feedback": _LONG,
    },
    "application_status_history": {"reason": _TEXTS, "metadata": DOCUMENTS, "changed_at": TIMES},
    "search_indexes": {
        "title": _TEXTS[:24],
        "body": (*LONG_TEXTS, "", *_TEXTS[:9]),
        "keywords": _ARRAYS,
        "filters": DOCUMENTS,
        "boost": ("1e-45", "3.4028235e+38", "Infinity", "NaN", "0.1"),
        "source_version": ("9223372036854775807", "-9223372036854775808"),
    },
    "search_history": {
        "query_text": _TEXTS,
        "filters": DOCUMENTS,
        "clicked_position": _INTEGERS,
        "duration_ms": ("2147483647", "0"),
        "searched_at": TIMES,
    },
    "search_analytics": {
        "day": DATES[:5],
        "searches": ("9223372036854775807", "0", "7"),
        "zero_results": ("9223372036854775807", "-9223372036854775808", "0"),
        # No more than the searches beside them.
        "clicks": ("9223372036854775807", "-9223372036854775808", "7"),
        "avg_duration_ms": ("99999999.99", "-99999999.99", "NaN", "0.00", NULL),
        "metadata": DOCUMENTS,
    },
    "notification_templates": {
        "subject": [NULL if place in (4, 6, 7) else text for place, text in enumerate(_FILLED[:20])],
        "body": (*LONG_TEXTS, "", *_TEXTS[:17]),
        "variables": ("[]", '[null, "", {"deep": [[]]}]', '["O\'Brien"]'),
    },
    "notifications": {
        "title": _TEXTS,
        "body": (*LONG_TEXTS, "", *_TEXTS[:20]),
        "metadata": DOCUMENTS,
        "scheduled_at": TIMES,
        "attempts": ("32767", "-32768"),
    },
    "user_notification_preferences": {
        "quiet_from": ("24:00:00", "00:00:00", "23:59:59.999999", NULL, "02:30:00"),
        "quiet_to": ("00:00:00", "24:00:00", "00:00:00.000001", NULL, "03:00:00"),
        "timezone": ("Europe/Berlin", "Pacific/Apia", "America/New_York", "UTC", "Europe/Berlin"),
    },
    "analytics_events": {
        "event_id": ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        "properties": DOCUMENTS,
        "ip_address": ADDRESSES,
        "user_agent": (*LONG_TEXTS, *_TEXTS),
        # Both sides of a month, of the hour that was left out, of the one that was there twice.
        "occurred_at": (
            "2020-02-29 23:59:59.999999+00",
            "2020-03-01 00:00:00+00",
            *TIMES[:4],
        ),
        "received_at": TIMES,
    },
    "user_analytics": {"day": DATES[:5], "last_active_at": TIMES, "metrics": DOCUMENTS, "logins": _INTEGERS},
    "job_analytics": {
        "day": DATES[:5],
        "views": ("2147483647", "0", "-1"),
        "unique_viewers": ("2147483647", "-2147483648", "-1"),
        "metrics": DOCUMENTS,
    },
    "platform_analytics": {
        "value": ("99999999999999.9999", "-99999999999999.9999", "NaN", "0.0001", "-0.0000"),
        "dimension": _TEXTS[:12],
        "metadata": DOCUMENTS,
    },
}
