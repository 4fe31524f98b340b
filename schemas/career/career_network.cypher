// schemactl snapshot, format 1
// target: career/career_network
// version: 0002

// constraint event_event_id
CREATE CONSTRAINT event_event_id FOR (n:Event) REQUIRE n.event_id IS UNIQUE;

// constraint mentor_user_id
CREATE CONSTRAINT mentor_user_id FOR (n:Mentor) REQUIRE n.user_id IS UNIQUE;

// constraint user_user_id
CREATE CONSTRAINT user_user_id FOR (n:User) REQUIRE n.user_id IS UNIQUE;

// index event_type_date
CREATE RANGE INDEX event_type_date FOR (n:Event) ON (n.type, n.date);

// index lookup.NODE
CREATE LOOKUP INDEX IF NOT EXISTS FOR (n) ON EACH labels(n);

// index lookup.RELATIONSHIP
CREATE LOOKUP INDEX IF NOT EXISTS FOR ()-[r]-() ON EACH type(r);

// index mentor_rating
CREATE RANGE INDEX mentor_rating FOR (n:Mentor) ON (n.rating);

// index mentored_by_status
CREATE RANGE INDEX mentored_by_status FOR ()-[r:MENTORED_BY]-() ON (r.status);

// index people_text
CREATE FULLTEXT INDEX people_text FOR (n:Mentor|User) ON EACH [n.name, n.title, n.company, n.expertise, n.specializations]
    OPTIONS {indexConfig: {`fulltext.analyzer`: 'standard-no-stop-words', `fulltext.eventually_consistent`: false}};

// index registered_for_status
CREATE RANGE INDEX registered_for_status FOR ()-[r:REGISTERED_FOR]-() ON (r.status);

// end
