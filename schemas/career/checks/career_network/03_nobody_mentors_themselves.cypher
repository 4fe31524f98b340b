// Who is a user and a mentor has two nodes of one id; the relationship must not join these two.
MATCH (u:User)-[:MENTORED_BY]->(m:Mentor) WHERE u.user_id = m.user_id RETURN u
