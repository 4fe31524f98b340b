"""Objects that a snapshot must hold, with awkward names and all that each engine has of options. Data only.

A group's statements stand in the order that they need; groups need none of each other.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from schemactl.sandbox.clickhouse_pair import CLUSTER

Groups = tuple[tuple[str, ...], ...]
Key = tuple[str, ...]
"""Kind, then names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """What is made of one engine.

    groups   statements
    count    how many blocks they are
    follows  pairs: the first stands behind the second in a snapshot
    parts    texts that must stand in it
    undo     what belongs to the server and not to the database, taken away again
    """

    groups: Groups
    count: int
    follows: tuple[tuple[Key, Key], ...] = ()
    parts: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()


FAKE = Objects(groups=(("create b", "note b 'it''s; so'"), ("create a",)), count=2, parts=("note b 'it''s; so';",))

POSTGRES = Objects(
    groups=(
        (
            'CREATE TABLE "Odd table" ("a b" int GENERATED ALWAYS AS IDENTITY, "ü;" text NOT NULL'
            " DEFAULT 'it''s; so',"
            ' twice int GENERATED ALWAYS AS (n * 2) STORED, n int CHECK (n > 0), PRIMARY KEY ("a b"))',
            'COMMENT ON COLUMN "Odd table"."ü;" IS \'said -- so\'',
            'CREATE INDEX z_index ON "Odd table" (lower("ü;") DESC, n) INCLUDE (twice) WHERE n > 5',
            'CREATE VIEW z_view AS SELECT "ü;" AS word FROM "Odd table"',
            "CREATE VIEW a_view AS SELECT word FROM z_view WHERE word <> 'x'",
            'CREATE TABLE child (id int PRIMARY KEY, of int REFERENCES "Odd table" ON DELETE CASCADE)',
        ),
        (
            "CREATE TYPE mood AS ENUM ('so', 'ja; nein')",
            "CREATE TABLE a_mood (m mood, day date NOT NULL) PARTITION BY RANGE (day)",
            "CREATE TABLE a_mood_1 PARTITION OF a_mood FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')",
        ),
        (
            "CREATE FUNCTION up() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.n := 1; RETURN NEW; END $f$",
            "CREATE TABLE tolled (n int)",
            "CREATE TRIGGER toll BEFORE INSERT ON tolled FOR EACH ROW EXECUTE FUNCTION up()",
        ),
    ),
    count=13,
    follows=(
        (("view", "public", "a_view"), ("view", "public", "z_view")),
        (("view", "public", "z_view"), ("table", "public", "Odd table")),
        (("index", "public", "z_index"), ("table", "public", "Odd table")),
    ),
    parts=("'it''s; so'", "'ja; nein'"),
)

_FLAT = "CREATE TABLE flat (k UInt32, `d e` UInt8) ENGINE = Log"
_ODD = (
    "CREATE TABLE `a.b c` (`d e` UInt8 DEFAULT 3, `f\\`'\"g;` String, n Nested(x UInt8, `y z` String),"
    " al UInt16 ALIAS `d e` + 1, ma String MATERIALIZED concat('x;--', `f\\`'\"g;`), dt DateTime('UTC') DEFAULT now(),"
    " e Enum8('a\\'b' = 1, 'ü\\n' = 2), arr Array(Nullable(String)), t Tuple(UInt8, String), fs FixedString(3),"
    " dec Decimal(10, 2)) ENGINE = MergeTree PARTITION BY (toYYYYMM(dt), `d e`)"
    " ORDER BY (`d e`, cityHash64(dt)) SAMPLE BY cityHash64(dt)"
)
_COMMON: Groups = (
    (
        _FLAT,
        "CREATE MATERIALIZED VIEW kept ENGINE = SummingMergeTree ORDER BY k AS"
        " SELECT k, count() AS c FROM flat GROUP BY k",
        "CREATE TABLE `таблица` (`слово` String, v UInt32, d Date DEFAULT today()) ENGINE = ReplacingMergeTree(v)"
        " ORDER BY `слово` SETTINGS index_granularity = 1024",
        "CREATE MATERIALIZED VIEW a_into TO `таблица` AS SELECT toString(k) AS `слово`, k AS v FROM kept WHERE k != 2",
        "CREATE VIEW `z view` AS SELECT `d e`, count() AS c FROM flat GROUP BY `d e` HAVING c > 1 ORDER BY c",
        "CREATE VIEW `b view` AS SELECT `d e` FROM `z view` WHERE `d e` IN (SELECT k FROM flat)",
        "CREATE TABLE held (k UInt32, `d e` UInt8)"
        " ENGINE = Buffer(currentDatabase(), 'flat', 16, 10, 100, 10000, 1000000, 10000000, 100000000)",
        "CREATE TABLE merged (k UInt32) ENGINE = Merge(currentDatabase(), '^flat')",
    ),
    (_ODD, "ALTER TABLE `a.b c` COMMENT COLUMN `d e` 'it\\'s \\\\ said'"),
    ("CREATE TABLE `order` (`primary` UInt8, sign Int8) ENGINE = CollapsingMergeTree(sign) ORDER BY `primary`",),
    (
        "CREATE TABLE states (k UInt32, q AggregateFunction(quantiles(0.5, 0.9), Float64), s AggregateFunction(uniq,"
        " String)) ENGINE = AggregatingMergeTree PRIMARY KEY k ORDER BY (k)",
    ),
    ("CREATE TABLE joined (k UInt32, v String) ENGINE = Join(ANY, LEFT, k)",),
    ("CREATE TABLE nothing (k UInt32) ENGINE = Null",),
)
_AFTER = (
    (("materialized view", "a_into"), ("materialized view", "kept")),
    (("materialized view", "a_into"), ("table", "таблица")),
    (("materialized view", "kept"), ("table", "flat")),
    (("view", "b view"), ("view", "z view")),
)
_HIDES = "CREATE TABLE far (k UInt8) ENGINE = MySQL('127.0.0.1:1', 'd', 't', 'u', 's3cret-word')"
_SAID = ("currentDatabase(), 'flat'", "'127.0.0.1:1', 'd', 't', 'u', '[HIDDEN]'", "    `primary` UInt8,\n")

NATIVE = Objects(
    groups=(*_COMMON, ("CREATE TABLE old (d Date, k UInt32) ENGINE = SummingMergeTree(d, (k, d), 8192)",), (_HIDES,)),
    count=15,
    follows=_AFTER,
    parts=_SAID,
)
_NEW = (
    "CREATE TABLE new (k UInt64, d DateTime64(3, 'UTC') CODEC(Delta, ZSTD(3)), `index` UInt8, e DateTime,"
    " v String TTL e + INTERVAL 1 DAY COMMENT 'when', m Map(String, UInt8), lc LowCardinality(Nullable(String)),"
    " w String DEFAULT 'x' CODEC(LZ4HC(9)), eph UInt8 EPHEMERAL 3, j JSON, va Variant(UInt8, String),"
    " INDEX i w TYPE tokenbf_v1(256, 2, 0) GRANULARITY 4, PROJECTION p (SELECT w, count() GROUP BY w),"
    " CONSTRAINT c CHECK k > 0, CONSTRAINT cc ASSUME k < 100000) ENGINE = MergeTree PARTITION BY toYYYYMM(d)"
    " ORDER BY (k, d) PRIMARY KEY k TTL e + INTERVAL 1 YEAR DELETE WHERE k > 1, e + INTERVAL 2 YEAR"
    " SETTINGS index_granularity = 1024, merge_with_ttl_timeout = 3600 COMMENT 'a ''new'' one'"
)
EMBEDDED = Objects(
    groups=(
        (
            *_COMMON[0],
            "CREATE DICTIONARY words (`k k` UInt64, v String DEFAULT 'q', h UInt64 HIERARCHICAL) PRIMARY KEY `k k`"
            " SOURCE(CLICKHOUSE(TABLE 'flat')) LAYOUT(HASHED()) LIFETIME(MIN 0 MAX 300) COMMENT 'a dictionary'",
            "CREATE TABLE asks (k UInt64, v String DEFAULT dictGet('words', 'v', k)) ENGINE = MergeTree ORDER BY k",
            "CREATE VIEW a_word AS SELECT dictGet('words', 'v', toUInt64(k)) AS v FROM flat",
            "CREATE VIEW with_parameter AS SELECT * FROM flat WHERE k = {p:UInt32}",
            "CREATE VIEW told COMMENT 'said; so' AS SELECT k FROM flat LIMIT 1 UNION ALL SELECT 1",
            "CREATE MATERIALIZED VIEW now_and_then REFRESH EVERY 1 DAY ENGINE = MergeTree ORDER BY k AS"
            " SELECT k FROM flat LEFT JOIN kept USING (k)",
        ),
        *_COMMON[1:],
        (
            _NEW,
            "ALTER TABLE new RENAME COLUMN lc TO `l c`",
            "ALTER TABLE new ADD INDEX `i \\`i` k TYPE minmax",
            "ALTER TABLE new ADD CONSTRAINT `c c` CHECK k > 1",
        ),
        (
            "CREATE TABLE there (k UInt8) ENGINE = MySQL(snapshot_there, host = '127.0.0.1', port = 1, database = 'd',"
            " table = 't', user = 'u')",
        ),
        ("CREATE NAMED COLLECTION snapshot_there AS host = '127.0.0.1', password = 's3cret-word' OVERRIDABLE",),
        (_HIDES,),
    ),
    count=23,
    follows=(
        *_AFTER,
        (("table", "asks"), ("dictionary", "words")),
        (("view", "a_word"), ("dictionary", "words")),
        (("materialized view", "now_and_then"), ("materialized view", "kept")),
        (("table", "there"), ("named collection", "snapshot_there")),
    ),
    parts=(*_SAID, "    `index` UInt8,\n", "dictGet('words', 'v', k)", "password = '[HIDDEN]'"),
    undo=("DROP TABLE IF EXISTS there", "DROP NAMED COLLECTION IF EXISTS snapshot_there"),
)
_PLACE = "'/contract/snapshot/{shard}/told', '{replica}'"
PAIR = Objects(
    groups=(
        (
            "CREATE TABLE told (k UInt32, d Date, `v w` UInt8 DEFAULT 1)"
            f" ENGINE = ReplicatedReplacingMergeTree({_PLACE}, k) PARTITION BY toYYYYMM(d) ORDER BY (k, d)",
            f"CREATE TABLE a_spread (k UInt32, d Date) ENGINE = Distributed({CLUSTER}, currentDatabase(), 'told', k)",
            "CREATE MATERIALIZED VIEW a_view TO told AS SELECT k, today() AS d FROM fresh",
        ),
        ("CREATE TABLE fresh (k UInt32) ENGINE = Null",),
    ),
    count=4,
    follows=(
        (("materialized view", "a_view"), ("table", "told")),
        (("materialized view", "a_view"), ("table", "fresh")),
    ),
    parts=(f"ENGINE = ReplicatedReplacingMergeTree({_PLACE}, k)", "currentDatabase(), 'told', k)"),
)


def _said(name: str, about: str, **more: Any) -> str:
    return json.dumps({name: about, **more})


def _index(collection: str, name: str, key: dict[str, Any], **more: Any) -> str:
    return _said("createIndexes", collection, indexes=[{"key": key, "name": name, **more}])


_VALUES = [
    {"$oid": "65f000000000000000000001"},
    {"$numberDecimal": "1.10"},
    {"$date": "2026-01-01T00:00:00Z"},
    {"$regularExpression": {"pattern": "^a;'\"", "options": "i"}},
    {"$binary": {"base64": "AAECAwQFBgcICQoLDA0ODw==", "subType": "04"}},
    {"$timestamp": {"t": 5, "i": 1}},
    {"$minKey": 1},
    {"$numberDouble": "NaN"},
    {"$numberDouble": "-Infinity"},
    {"$numberLong": "9007199254740993"},
    1e300,
    0.1,
    None,
]
_SCHEMA = {
    "bsonType": "object",
    "required": ["z", "a.b", "with space"],
    "properties": {
        "z": {"bsonType": "string", "description": 'it\'s "so"\nü'},
        "a.b": {"bsonType": ["int", "long"], "minimum": 0},
        "with space": {"enum": ["$x", "", "y"]},
        "ключ": {"bsonType": "array", "items": {"bsonType": "object", "additionalProperties": False, "properties": {}}},
    },
}
MONGODB = Objects(
    groups=(
        (
            _said("create", "odd name", validator={"$jsonSchema": _SCHEMA}, validationLevel="moderate"),
            _index("odd name", "z_1_a_-1", {"z": 1, "a": -1}, unique=True),
            _index("odd name", "several", {"b": 1, "a": 1}, hidden=True, sparse=True),
            _index("odd name", "expires", {"at": 1}, expireAfterSeconds=3600),
            _index("odd name", "partial;", {"n": 1}, partialFilterExpression={"n": {"$gt": 5}, "m": {"$exists": True}}),
            _index("odd name", "in German", {"w": 1}, collation={"locale": "de", "strength": 2}),
            _index("odd name", "$**_1", {"$**": 1}, wildcardProjection={"z": 0, "a": 0}),
            _index("odd name", "on earth", {"place": "2dsphere"}),
            _index("odd name", "flat", {"where": "2d"}, bits=20, max=10, min=-10),
            _said("create", "z_view", viewOn="odd name", pipeline=[{"$match": {"z": {"$in": _VALUES[:6]}}}]),
            _said(
                "create",
                "a_view",
                viewOn="z_view",
                pipeline=[{"$lookup": {"from": "m_view", "localField": "a", "foreignField": "b", "as": "c"}}],
                collation={"locale": "fr", "caseLevel": True},
            ),
            _said("create", "m_view", viewOn="z_view", pipeline=[{"$unionWith": {"coll": "ring", "pipeline": []}}]),
        ),
        (
            _said("create", "values", validator={"x": {"$in": _VALUES}}, validationAction="warn"),
            _said("create", "ring", capped=True, size=8192, max=100),
        ),
        (
            _said("create", "deutsch", collation={"locale": "de", "numericOrdering": True}),
            _index("deutsch", "the same", {"w": 1}, collation={"locale": "de", "numericOrdering": True}),
            _index("deutsch", "by bytes", {"w": 1}, collation={"locale": "simple"}),
        ),
        (_said("create", "watched", changeStreamPreAndPostImages={"enabled": True}),),
        (
            _said(
                "create",
                "clustered",
                clusteredIndex={"key": {"_id": 1}, "unique": True, "name": "by id"},
                expireAfterSeconds=60,
            ),
        ),
        (
            _said(
                "create",
                "measured",
                timeseries={"timeField": "t", "metaField": "m", "granularity": "minutes"},
                expireAfterSeconds=86400,
            ),
        ),
        (
            _said(
                "createRole",
                "z_reader",
                privileges=[
                    {"resource": {"db": "$database", "collection": "odd name"}, "actions": ["collStats", "find"]}
                ],
                roles=[],
            ),
            _said("createRole", "a_writer", privileges=[], roles=["z_reader", {"role": "read", "db": "elsewhere"}]),
            _said("createUser", "anna ü", pwd="s3cret-word", roles=["a_writer", "read"], customData={"team": "ä"}),
        ),
    ),
    count=23,
    follows=(
        (("index", "odd name", "several"), ("collection", "odd name")),
        (("view", "a_view"), ("view", "m_view")),
        (("view", "m_view"), ("view", "z_view")),
        (("view", "z_view"), ("collection", "odd name")),
        (("role", "a_writer"), ("role", "z_reader")),
        (("user", "anna ü"), ("role", "a_writer")),
        (("role", "z_reader"), ("view", "a_view")),
    ),
    parts=('"db": "$database"', '"$numberDouble": "NaN"', '"locale": "simple"'),
)

_VECTOR = (
    "CREATE VECTOR INDEX vectors FOR (n:A) ON (n.v) OPTIONS {indexConfig: {`vector.dimensions`: 3,"
    " `vector.similarity_function`: 'cosine', `vector.hnsw.m`: 8, `vector.quantization.enabled`: false}}"
)
NEO4J = Objects(
    groups=(
        ("CREATE INDEX pair FOR (n:A) ON (n.x, n.y)",),
        ("CREATE INDEX FOR ()-[r:R]-() ON (r.x)",),
        ("CREATE INDEX `odd ``name``; 'ü'` FOR (n:`Ä //b`) ON (n.`p \"q\"`)",),
        ("CREATE TEXT INDEX texts FOR (n:A) ON (n.x)",),
        ("CREATE POINT INDEX points FOR ()-[r:R]-() ON (r.p)",),
        (
            "CREATE POINT INDEX bounded FOR (n:A) ON (n.p)"
            " OPTIONS {indexConfig: {`spatial.cartesian.min`: [-10.5, -10.0], `spatial.wgs-84.max`: [90.0, 45.0]}}",
        ),
        (
            "CREATE FULLTEXT INDEX fulls FOR (n:A|B|`C d`) ON EACH [n.y, n.x]"
            " OPTIONS {indexConfig: {`fulltext.analyzer`: 'german', `fulltext.eventually_consistent`: true}}",
        ),
        ("CREATE FULLTEXT INDEX fulls_of FOR ()-[r:R|S]-() ON EACH [r.t]",),
        (_VECTOR,),
        ("CREATE CONSTRAINT uniques FOR (n:`A ``b``; c`) REQUIRE (n.x, n.`y z`) IS UNIQUE",),
        ("CREATE CONSTRAINT FOR ()-[r:R]-() REQUIRE r.y IS UNIQUE",),
        ("CREATE CONSTRAINT `for` FOR (n:`null`) REQUIRE n.`if` IS UNIQUE",),
    ),
    count=12,
    parts=("`spatial.cartesian.min`: [-10.5, -10.0]", "EACH [n.y, n.x]", "`A ``b``; c`"),
)

OBJECTS = {
    "fake": FAKE,
    "pg18": POSTGRES,
    "pg15": POSTGRES,
    "ch18": NATIVE,
    "ch26": EMBEDDED,
    "ch18pair": PAIR,
    "mongodb": MONGODB,
    "neo4j5": NEO4J,
}
