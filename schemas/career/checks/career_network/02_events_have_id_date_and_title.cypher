// An event without one of these can be neither found nor shown.
MATCH (e:Event) WHERE e.event_id IS NULL OR e.date IS NULL OR e.title IS NULL RETURN e
