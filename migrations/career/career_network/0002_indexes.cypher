// What events, mentors and people are looked for by
// migrate:up

CREATE INDEX event_type_date IF NOT EXISTS FOR (e:Event) ON (e.type, e.date);
CREATE INDEX mentor_rating IF NOT EXISTS FOR (m:Mentor) ON (m.rating);
CREATE INDEX mentored_by_status IF NOT EXISTS FOR ()-[r:MENTORED_BY]-() ON (r.status);
CREATE INDEX registered_for_status IF NOT EXISTS FOR ()-[r:REGISTERED_FOR]-() ON (r.status);
CREATE FULLTEXT INDEX people_text IF NOT EXISTS
    FOR (n:User|Mentor) ON EACH [n.name, n.title, n.company, n.expertise, n.specializations];
CALL db.awaitIndexes(60);

// migrate:down

DROP INDEX people_text IF EXISTS;
DROP INDEX registered_for_status IF EXISTS;
DROP INDEX mentored_by_status IF EXISTS;
DROP INDEX mentor_rating IF EXISTS;
DROP INDEX event_type_date IF EXISTS;
