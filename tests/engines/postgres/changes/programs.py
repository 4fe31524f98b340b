"""Triggers, event triggers, rules, policies."""

from tests.engines.postgres.changes.change import Change

_F = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';"
_T = "CREATE TABLE t (a int, b text);"
_TRIGGER = _T + _F + "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"
_E = "CREATE FUNCTION e() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
_EVENT = _E + "CREATE EVENT TRIGGER ev ON ddl_command_start EXECUTE FUNCTION e(); ALTER EVENT TRIGGER ev DISABLE;"
_RULE = _T + "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;"
_POLICY = _T + "CREATE POLICY y ON t USING (a > 0);"
_PART = (
    "CREATE TABLE t (a int) PARTITION BY LIST (a); CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);"
    + _F
    + "CREATE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();"
)

CHANGES = (
    Change(
        "a trigger",
        _T + _F,
        "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "DROP TRIGGER g ON t",
    ),
    Change(
        "a trigger's moment",
        _TRIGGER,
        "CREATE OR REPLACE TRIGGER g AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
        "CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    ),
    Change(
        "a trigger's condition",
        _TRIGGER,
        "CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW WHEN (new.a > 0) EXECUTE FUNCTION f()",
        "CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    ),
    Change(
        "a trigger's argument",
        _TRIGGER,
        "CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f('x')",
        "CREATE OR REPLACE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()",
    ),
    Change(
        "a trigger's transition table",
        _T + _F + "CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()",
        "CREATE OR REPLACE TRIGGER g AFTER INSERT ON t REFERENCING NEW TABLE AS n EXECUTE FUNCTION f()",
        "CREATE OR REPLACE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f()",
    ),
    Change("a disabled trigger", _TRIGGER, "ALTER TABLE t DISABLE TRIGGER g", "ALTER TABLE t ENABLE TRIGGER g"),
    Change(
        "a trigger that always fires",
        _TRIGGER,
        "ALTER TABLE t ENABLE ALWAYS TRIGGER g",
        "ALTER TABLE t ENABLE TRIGGER g",
    ),
    Change(
        "a trigger on replicas", _TRIGGER, "ALTER TABLE t ENABLE REPLICA TRIGGER g", "ALTER TABLE t ENABLE TRIGGER g"
    ),
    Change(
        "a trigger disabled on one partition",
        _PART,
        "ALTER TABLE t1 DISABLE TRIGGER g",
        "ALTER TABLE t1 ENABLE TRIGGER g",
    ),
    Change(
        "a constraint trigger",
        _T + _F,
        "CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f()",
        "DROP TRIGGER g ON t",
    ),
    Change("a trigger's comment", _TRIGGER, "COMMENT ON TRIGGER g ON t IS 'x'", "COMMENT ON TRIGGER g ON t IS NULL"),
    Change("an event trigger", _E, "CREATE EVENT TRIGGER ev ON sql_drop EXECUTE FUNCTION e()", "DROP EVENT TRIGGER ev"),
    Change(
        "an event trigger's tags",
        _E + "CREATE EVENT TRIGGER ev ON sql_drop EXECUTE FUNCTION e()",
        "DROP EVENT TRIGGER ev; CREATE EVENT TRIGGER ev ON sql_drop WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION e()",
        "DROP EVENT TRIGGER ev; CREATE EVENT TRIGGER ev ON sql_drop EXECUTE FUNCTION e()",
    ),
    Change(
        "an event trigger's state", _EVENT, "ALTER EVENT TRIGGER ev ENABLE REPLICA", "ALTER EVENT TRIGGER ev DISABLE"
    ),
    Change(
        "an event trigger's comment",
        _EVENT,
        "COMMENT ON EVENT TRIGGER ev IS 'x'",
        "COMMENT ON EVENT TRIGGER ev IS NULL",
    ),
    Change("a rule", _T, "CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING", "DROP RULE r ON t"),
    Change(
        "a rule's action",
        _RULE,
        "CREATE OR REPLACE RULE r AS ON DELETE TO t DO ALSO NOTHING",
        "CREATE OR REPLACE RULE r AS ON DELETE TO t DO INSTEAD NOTHING",
    ),
    Change("a disabled rule", _RULE, "ALTER TABLE t DISABLE RULE r", "ALTER TABLE t ENABLE RULE r"),
    Change("a rule's comment", _RULE, "COMMENT ON RULE r ON t IS 'x'", "COMMENT ON RULE r ON t IS NULL"),
    Change("a policy", _T, "CREATE POLICY y ON t USING (a > 0)", "DROP POLICY y ON t"),
    Change("what a policy shows", _POLICY, "ALTER POLICY y ON t USING (a > 1)", "ALTER POLICY y ON t USING (a > 0)"),
    Change(
        "what a policy lets in",
        _T + "CREATE POLICY y ON t WITH CHECK (a > 0)",
        "ALTER POLICY y ON t WITH CHECK (a > 1)",
        "ALTER POLICY y ON t WITH CHECK (a > 0)",
    ),
    Change("whom a policy concerns", _POLICY, "ALTER POLICY y ON t TO role_a, role_b", "ALTER POLICY y ON t TO PUBLIC"),
    Change(
        "a policy's command",
        _POLICY,
        "DROP POLICY y ON t; CREATE POLICY y ON t FOR SELECT USING (a > 0)",
        "DROP POLICY y ON t; CREATE POLICY y ON t USING (a > 0)",
    ),
    Change(
        "a restrictive policy",
        _POLICY,
        "DROP POLICY y ON t; CREATE POLICY y ON t AS RESTRICTIVE USING (a > 0)",
        "DROP POLICY y ON t; CREATE POLICY y ON t USING (a > 0)",
    ),
    Change("a policy's comment", _POLICY, "COMMENT ON POLICY y ON t IS 'x'", "COMMENT ON POLICY y ON t IS NULL"),
)
