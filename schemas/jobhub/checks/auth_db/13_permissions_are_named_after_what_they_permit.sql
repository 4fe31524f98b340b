-- A permission is called resource:action
SELECT id, name, resource, action
FROM permissions
WHERE name <> resource || ':' || action;
