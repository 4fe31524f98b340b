"""One file a use case: `plan(...)` reads only, `run(plan, emit)` acts. Engines come in as values; nothing prints."""
