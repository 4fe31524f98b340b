// People, mentors and events are told apart by their id
// migrate:up

// Writers MERGE on these keys, nodes first and then the relationship: a bare CREATE of a pattern makes new, empty
// nodes, and a constraint on uniqueness says nothing of nodes without the property.
CREATE CONSTRAINT user_user_id IF NOT EXISTS FOR (u:User) REQUIRE u.user_id IS UNIQUE;
CREATE CONSTRAINT mentor_user_id IF NOT EXISTS FOR (m:Mentor) REQUIRE m.user_id IS UNIQUE;
CREATE CONSTRAINT event_event_id IF NOT EXISTS FOR (e:Event) REQUIRE e.event_id IS UNIQUE;

// migrate:down

DROP CONSTRAINT event_event_id IF EXISTS;
DROP CONSTRAINT mentor_user_id IF EXISTS;
DROP CONSTRAINT user_user_id IF EXISTS;
