// IS_MENTOR joins the two nodes of one account, and no others.
MATCH (u:User)-[:IS_MENTOR]->(m:Mentor) WHERE u.user_id <> m.user_id RETURN u, m
