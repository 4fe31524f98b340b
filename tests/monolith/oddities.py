"""What the tests ask of awkward values, in SQL, by what each is: nothing here is taken from what made the data."""

from __future__ import annotations

ALL_OCTETS = "(SELECT count(DISTINCT get_byte({0}, n)) FROM generate_series(0, 255) n)"
THIRTY_TWO = "(SELECT count(DISTINCT get_byte({0}, n)) FROM {1}, generate_series(0, 31) n)"

# What a text column holds, on both platforms: interests.name and job_skills.skill_name.
ODD_TEXTS = {
    "combining characters": "{0} = U&'Ame\\0301lie Lefe\\0300vre'",
    "the same, composed": "{0} = U&'Am\\00E9lie Lef\\00E8vre'",
    "right to left": "{0} = U&'\\0634\\0644\\0648\\0645' OR {0} LIKE U&'\\0645\\0631\\062D\\0628\\0627%'",
    "an override of direction": "{0} LIKE U&'\\202E%\\202C%'",
    "joined emoji": "{0} LIKE U&'\\+01F469\\200D\\+01F469%'",
    "the last code point": "{0} LIKE U&'%\\+10FFFF'",
    "both quotes": "{0} LIKE '%''%' AND {0} LIKE '%\"%'",
    "a backslash at the end": "{0} LIKE E'%\\\\\\\\'",
    "a tab": "strpos({0}, chr(9)) > 0",
    "a newline at the end": "right({0}, 1) = chr(10)",
    "a carriage return alone and with a newline": "{0} ~ E'\\r[^\\n]' AND {0} ~ E'\\r\\n'",
    "the sign for NULL as text": "{0} = E'\\\\N'",
    "the end of COPY as text": "{0} = E'\\\\.'",
    "nothing": "{0} = ''",
    "the word NULL": "{0} = 'NULL'",
    "blanks around": "{0} = '  ' || btrim({0}) || '  '",
    "control characters": "strpos({0}, chr(1)) > 0 AND strpos({0}, chr(27)) > 0 AND strpos({0}, chr(127)) > 0",
    "a byte order mark": "left({0}, 1) = chr(65279)",
    "a line separator": "strpos({0}, chr(8232)) > 0",
    "placeholders": "{0} LIKE '%\\%s%' AND {0} LIKE '%$1%'",
}

# A query that answers true, for each.
ODDITIES = {
    "ijaa": {
        "NULL beside the empty string": "SELECT bool_or(location = '') AND bool_or(location IS NULL) FROM profiles",
        "deep documents": "SELECT bool_or(jsonb_path_exists(metadata, '$.**{60}')) FROM events",
        "awkward texts in documents": 'SELECT bool_or(audience @> \'{"texts": ["\\\\N", "", "NULL"]}\')'
        " FROM announcements",
        "numbers that no float holds": "SELECT bool_or(defaults @@ '$.huge > 1e499') FROM event_templates",
        "an array without elements": "SELECT bool_or(days_of_week = '{}') FROM recurring_events",
        "an array with NULL": "SELECT bool_or(days_of_week = '{1,NULL,7}') FROM recurring_events",
        "an array of arrays": "SELECT bool_or(array_ndims(days_of_week) = 2) FROM recurring_events",
        "an array from 0": "SELECT bool_or(array_lower(days_of_week, 1) = 0) FROM recurring_events",
        "all octets": "SELECT bool_or(" + ALL_OCTETS.format("access_token_enc") + " = 256) FROM calendar_integrations"
        " WHERE octet_length(access_token_enc) = 256",
        "no octet beside NULL": "SELECT bool_or(access_token_enc = '') AND bool_or(access_token_enc IS NULL)"
        " FROM calendar_integrations",
        "the largest and the smallest bigint": "SELECT max(view_count) = 9223372036854775807"
        " AND min(view_count) = -9223372036854775808 FROM announcements",
        "the largest and the smallest integer": "SELECT max(token_version) = 2147483647"
        " AND min(token_version) = -2147483648 FROM users",
        "the largest and the smallest smallint": "SELECT max(failed_logins) = 32767 AND min(failed_logins) = -32768"
        " FROM users",
        "endless dates": "SELECT bool_or(start_date = '-infinity') AND bool_or(end_date = 'infinity') FROM experiences",
        "year 1, year 9999 and one before": "SELECT bool_or(start_date = '0001-01-01') AND bool_or(start_date ="
        " '9999-12-31') AND bool_or(start_date = '0044-03-15 BC') FROM experiences",
        "endless moments": "SELECT bool_or(last_login_at = '-infinity') AND bool_or(last_login_at = 'infinity')"
        " FROM users",
        "an hour that was left out": "SELECT bool_or(start_date = '2021-03-28 02:30 Europe/Berlin' AND timezone ="
        " 'Europe/Berlin') FROM events",
        "an hour that was there twice": "SELECT count(DISTINCT start_date) = 2 FROM (SELECT start_date FROM events"
        " WHERE start_date BETWEEN '2021-10-30' AND '2021-11-01' OFFSET 0) x"
        " WHERE start_date AT TIME ZONE 'Europe/Berlin' = '2021-10-31 02:30'",
        "more than 8 kB and more than 100 kB": "SELECT bool_or(octet_length(content) BETWEEN 8193 AND 10000)"
        " AND bool_or(octet_length(content) > 100000) FROM announcements",
        "what is stored out of line": "SELECT pg_relation_size(reltoastrelid) > 100000 FROM pg_class"
        " WHERE oid = 'announcements'::regclass",
        "5,000 characters of four octets": "SELECT bool_or(content = repeat(U&'\\+01F9EA', 5000)) FROM event_comments",
        "usernames that only case tells apart": "SELECT max(n) = 3 FROM (SELECT count(*) n FROM users"
        " GROUP BY lower(username)) x",
        "usernames of 3 and of 50 characters": "SELECT min(length(username)) = 3 AND max(length(username)) = 50"
        " FROM users",
    },
    "jobs": {
        "NULL beside the empty string": "SELECT bool_or(bio = '') AND bool_or(bio IS NULL) FROM users",
        "deep documents": "SELECT bool_or(jsonb_path_exists(properties, '$.**{60}')) FROM analytics_events",
        "awkward texts in documents": 'SELECT bool_or(metadata @> \'{"texts": ["\\\\N", "", "NULL"]}\') FROM jobs',
        "numbers that no float holds": "SELECT bool_or(filters @@ '$.huge > 1e499') FROM search_indexes",
        "an array without elements": "SELECT bool_or(skills = '{}') FROM users",
        "an array with NULL beside NULL as text": "SELECT bool_or(skills = ARRAY['NULL', NULL, NULL]) FROM users",
        "an array with quotes, braces and backslashes": "SELECT bool_or(skills = ARRAY[E'quote \" and backslash \\\\',"
        " 'comma, brace {}', ' blanks ']) FROM users",
        "an array of arrays": "SELECT bool_or(array_ndims(keywords) = 2) FROM search_indexes",
        "an array from 0": "SELECT bool_or(array_lower(keywords, 1) = 0) FROM search_indexes",
        "all octets": "SELECT " + THIRTY_TWO.format("token_hash", "user_verification_tokens") + " = 256",
        "hashes of all octets": "SELECT count(*) = 8 FROM application_attachments WHERE get_byte(sha256, 31) ="
        " get_byte(sha256, 0) + 31 AND get_byte(sha256, 16) = get_byte(sha256, 0) + 16",
        "addresses of both families, and networks": "SELECT count(DISTINCT family(ip_address)) = 2 AND"
        " bool_or(masklen(ip_address) = 0) AND bool_or(ip_address = '2001:db8::/32') FROM analytics_events",
        "the largest numeric and none": "SELECT bool_or(value = 99999999999999.9999) AND bool_or(value ="
        " -99999999999999.9999) AND bool_or(value = 'NaN') FROM platform_analytics",
        "floats at the ends": "SELECT bool_or(boost = 'Infinity') AND bool_or(boost = 'NaN') AND bool_or(boost ="
        " '1e-45'::real) AND bool_or(boost = '3.4028235e+38'::real) FROM search_indexes",
        "the largest and the smallest bigint": "SELECT max(source_version) = 9223372036854775807"
        " AND min(source_version) = -9223372036854775808 FROM search_indexes",
        "the largest and the smallest integer": "SELECT max(sort_order) = 2147483647 AND min(sort_order) = -2147483648"
        " FROM job_categories",
        "the largest and the smallest smallint": "SELECT max(failed_logins) = 32767 AND min(failed_logins) = -32768"
        " FROM users",
        "endless days, year 1 and one before": "SELECT bool_or(day = 'infinity') AND bool_or(day = '0001-01-01') AND"
        " bool_or(day = '0044-03-15 BC') FROM user_analytics",
        "endless moments": "SELECT bool_or(received_at = '-infinity') AND bool_or(received_at = 'infinity')"
        " FROM analytics_events",
        "the end of a day": "SELECT bool_or(quiet_from = '24:00') AND bool_or(quiet_from = '23:59:59.999999')"
        " FROM user_notification_preferences",
        "both sides of a month": "SELECT count(*) = 2 FROM analytics_events WHERE occurred_at IN"
        " ('2020-02-29 23:59:59.999999+00', '2020-03-01 00:00:00+00')",
        "an hour that was left out": "SELECT bool_or(scheduled_at = '2021-03-28 02:30 Europe/Berlin' AND timezone ="
        " 'Europe/Berlin') FROM interviews",
        "an hour that was there twice": "SELECT count(DISTINCT scheduled_at) = 2 FROM (SELECT scheduled_at FROM"
        " interviews WHERE scheduled_at BETWEEN '2021-10-30' AND '2021-11-01' OFFSET 0) x"
        " WHERE scheduled_at AT TIME ZONE 'Europe/Berlin' = '2021-10-31 02:30'",
        "more than 8 kB and more than 100 kB": "SELECT bool_or(octet_length(body) BETWEEN 8193 AND 10000)"
        " AND bool_or(octet_length(body) > 100000) FROM notifications",
        "what is stored out of line": "SELECT pg_relation_size(reltoastrelid) > 100000 FROM pg_class"
        " WHERE oid = 'notifications'::regclass",
        "an identifier of zeros": "SELECT bool_or(event_id = '00000000-0000-0000-0000-000000000000')"
        " FROM analytics_events",
    },
}
