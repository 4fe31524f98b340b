// Every person is known by the id of an account, in lower case. Uniqueness alone lets nodes without it pass, and
// so does a number: nothing but a text matches.
MATCH (n)
WHERE (n:User OR n:Mentor) AND NOT coalesce(n.user_id =~ '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', false)
RETURN n
