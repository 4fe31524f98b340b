// Nobody mentors themselves: who is a user and a mentor has two nodes of one id.
MATCH (u:User)-[:MENTORED_BY]->(m:Mentor) WHERE u.user_id = m.user_id RETURN u
