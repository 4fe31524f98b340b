// No more confirmed registrations than an event has places.
MATCH (e:Event)<-[r:REGISTERED_FOR]-()
WHERE r.status = 'confirmed'
WITH e, count(r) AS confirmed
WHERE confirmed > e.max_participants
RETURN e, confirmed
