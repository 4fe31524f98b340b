"""A database that was there before: it becomes the owner's, with what is in it, whoever the administrator is."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from schemactl.errors import GateError
from tests.provision.scene import Scene, differing

OBJECTS = """
CREATE SCHEMA app;
CREATE TABLE app.things (id bigserial PRIMARY KEY, a int, b int);
CREATE TABLE public.others (id int);
CREATE FUNCTION app.g() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int);
CREATE TYPE app.mood AS ENUM ('good');
CREATE STATISTICS app.both (ndistinct) ON a, b FROM app.things;
CREATE COLLATION app.plain FROM "C";
CREATE CONVERSION app.converting FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE OPERATOR app.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = pg_catalog.simple);
CREATE TEXT SEARCH DICTIONARY app.simple (TEMPLATE = pg_catalog.simple);
CREATE PUBLICATION told FOR TABLE app.things;
"""
# What a superuser alone makes.
MORE = """
CREATE OPERATOR CLASS app."by A" FOR TYPE int USING btree AS OPERATOR 1 <, FUNCTION 1 btint4cmp(int, int);
CREATE PUBLICATION everything FOR ALL TABLES;
"""
OWNED = """
SELECT d.classid::regclass::text, pg_describe_object(d.classid, d.objid, 0) FROM pg_shdepend d
WHERE d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND d.deptype = 'o'
  AND pg_get_userbyid(d.refobjid) <> '{0}' ORDER BY 1, 2"""


def made_by(scene: Scene, name: str, sql: str, password: str) -> None:
    scene.ask(f"CREATE DATABASE {scene.target} OWNER {name} TEMPLATE template0")
    scene.ask(sql, url=scene.url(name, password))


def test_an_administrator_without_superuser_adopts_its_database(scene: Scene) -> None:
    scene.administrator("CREATEROLE CREATEDB")
    made_by(scene, scene.extra[0], OBJECTS, f"admin-{scene.extra[0]}")
    scene.provisioned()
    assert differing(scene.plan()) == []
    assert scene.ask(OWNED.format(scene.role("owner")), database=scene.target) == []
    scene.migration(
        "0001_more.sql", "ALTER TABLE app.things ADD n int;\nDROP COLLATION app.plain;\nDROP PUBLICATION told;"
    )
    scene.migrate()
    assert scene.state("app", "INSERT INTO app.things (n) VALUES (app.g())") == ""


def test_what_only_a_superuser_makes_becomes_the_owners_but_for_what_must_stay_a_superusers(scene: Scene) -> None:
    scene.ask(f"CREATE DATABASE {scene.target} TEMPLATE template0")
    scene.ask(OBJECTS + MORE, database=scene.target)
    scene.provisioned()
    assert differing(scene.plan()) == []
    mine = {scene.role("owner"), urlsplit(scene.server.url).username}
    rows = scene.ask(
        "SELECT pubname::text, pg_get_userbyid(pubowner)::text FROM pg_publication"
        " UNION SELECT opcname, pg_get_userbyid(opcowner) FROM pg_opclass WHERE opcname = 'by A'"
        " UNION SELECT opfname, pg_get_userbyid(opfowner) FROM pg_opfamily WHERE opfname = 'by A'",
        database=scene.target,
    )
    assert {name for name, owner in rows if owner == scene.role("owner")} == {"told", "by A"}
    assert {owner for _, owner in rows} == mine


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("CREATE SCHEMA app AUTHORIZATION {third}", "in the schema app"),
        ("ALTER DATABASE {target} OWNER TO {third}", "is no member of {third}"),
    ],
)
def test_what_the_administrator_may_not_give_to_the_owner_is_refused_beforehand(
    scene: Scene, sql: str, said: str
) -> None:
    scene.administrator("CREATEROLE CREATEDB")
    admin, third = scene.extra[0], f"{scene.target}_third"
    scene.ask(f"CREATE ROLE {third}")
    made_by(scene, admin, "SELECT 1", f"admin-{admin}")
    scene.ask(sql.format(third=third, target=scene.target), database=scene.target)
    if "SCHEMA" in sql:
        scene.ask(f"GRANT ALL ON SCHEMA app TO {admin}", database=scene.target)
        scene.ask("CREATE TABLE app.things (id int)", url=scene.url(admin, f"admin-{admin}"))
    for _ in range(2):
        error = scene.provision().error
        assert isinstance(error, GateError), error
        assert (error.kind, error.now) == ("insufficient_privilege", "nothing was changed")
        assert said.format(third=third) in error.what and error.do
    assert scene.ask(f"SELECT FROM pg_roles WHERE rolname = '{scene.role('owner')}'") == []
