"""ijaa, what stands in the first rows of each table: awkward values of every kind that a column takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.monolith.awkward import (
    BINARIES,
    DATES,
    DOCUMENTS,
    LONG_TEXTS,
    NULL,
    SMALL_ARRAYS,
    TEXTS,
    TIMES,
    all_escaped,
    binary,
    escaped,
)  # fmt: skip

_TEXTS = all_escaped(TEXTS)
_FILLED = tuple(text for text in _TEXTS if text)
_LONG = (*LONG_TEXTS, NULL, *_TEXTS[:9])
#: 5,000 characters of four octets each: as long as the check of a comment allows.
_WIDE = "\U0001f9ea" * 5000
_NUMBERS = ("0", "-32768", "32767")

AWKWARD: Mapping[str, Mapping[str, Sequence[str]]] = {
    "users": {
        "email": [f"O'Odd+{place}%s@Bücher.example" for place in range(6)],
        "failed_logins": _NUMBERS,
        "token_version": ("0", "-2147483648", "2147483647"),
        "locked_until": TIMES,
        "last_login_at": TIMES,
    },
    "admins": {"name": _FILLED[:6], "last_login_at": (*TIMES[:5], NULL)},
    "profiles": {
        "name": _TEXTS[:30],
        "bio": (*_TEXTS, *LONG_TEXTS),
        "location": _TEXTS[::-1],
        "department": _TEXTS[5:],
        "avatar_url": ("", NULL, "data:;base64,", escaped("file:///C:\\a b\tc")),
    },
    "connections": {"message": _TEXTS, "responded_at": TIMES},
    "interests": {"name": _TEXTS, "level": (NULL,)},
    "experiences": {
        "title": _TEXTS,
        "description": _LONG,
        # What ends is not before what begins: far off together.
        "start_date": ("-infinity", "0001-01-01", "0044-03-15 BC", "9999-12-31", "2000-02-29", "-infinity", "infinity"),
        "end_date": ("infinity", "9999-12-31", "0001-01-01", "5874897-12-31", "2000-02-29", NULL, "infinity"),
    },
    "announcements": {
        "title": _FILLED[:12],
        "content": (*LONG_TEXTS, "", *_TEXTS[:9]),
        "audience": DOCUMENTS,
        "view_count": ("9223372036854775807", "-9223372036854775808", "0"),
        "published_at": ("-infinity", "0001-01-01 00:00:00+00", *TIMES[:5], NULL),
        "expires_at": ("infinity", "9999-12-31 23:59:59.999999+00", *["2021-12-31 00:00:00+00"] * 5, NULL),
    },
    "reports": {"description": (*LONG_TEXTS, *_TEXTS[:10]), "attachment_url": ("", NULL), "created_at": TIMES[:8]},
    "feature_flags": {"description": _TEXTS[:20], "audience": DOCUMENTS, "rollout_percentage": ("0", "100")},
    "event_templates": {
        "description": _LONG,
        "defaults": DOCUMENTS,
        "default_duration_minutes": ("1", "2147483647"),
        "usage_count": ("-2147483648", "2147483647"),
    },
    "recurring_events": {
        "title": _TEXTS[:12],
        "days_of_week": SMALL_ARRAYS,
        "recurrence_interval": ("1", "32767"),
        "start_date": ("-infinity", "0001-01-01", "9999-12-31", "0044-03-15 BC", "infinity"),
        "end_date": ("infinity", "9999-12-31", "5874897-12-31", NULL, "infinity"),
    },
    "events": {
        "title": _TEXTS[:24],
        "description": (*LONG_TEXTS, *_TEXTS[2:22]),
        # The hour that was left out in Berlin, both of those with one name, and far off.
        "start_date": (TIMES[1], TIMES[2], TIMES[3], TIMES[0], TIMES[5], "-infinity"),
        "end_date": (*["2021-12-31 00:00:00+00"] * 4, "infinity", TIMES[6]),
        "timezone": ("Europe/Berlin",) * 4,
        "metadata": DOCUMENTS,
        "location": _TEXTS[6:26],
    },
    "event_participations": {"message": _TEXTS, "responded_at": TIMES},
    "event_invitations": {"message": _TEXTS, "responded_at": TIMES},
    "event_comments": {"content": (_WIDE, *_FILLED), "likes": ("2147483647", "0")},
    "event_media": {
        "caption": _TEXTS[:20],
        "url": ("", *_FILLED[:8]),
        "media_type": ("DOCUMENT",) * 2,
        "size_bytes": ("9223372036854775807", "1"),
    },
    "event_reminders": {"last_error": _LONG, "sent_at": TIMES, "attempts": _NUMBERS},
    "event_analytics": {
        "views": ("2147483647", "0", "-1"),
        "unique_views": ("2147483647", "-2147483648", "-1"),
        "breakdown": DOCUMENTS,
        "day": DATES[:5],
    },
    "calendar_integrations": {
        "access_token_enc": [*map(binary, BINARIES), NULL],
        "refresh_token_enc": [binary(octets) for octets in reversed(BINARIES)],
        "key_id": ("key",) * 12,
        "external_calendar_id": _FILLED[:12],
        "token_expires_at": TIMES,
        "settings": DOCUMENTS,
    },
}
