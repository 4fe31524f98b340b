// Every event has an id, a date and a title: without them it can be neither found nor shown.
MATCH (e:Event) WHERE e.event_id IS NULL OR e.date IS NULL OR e.title IS NULL RETURN e
