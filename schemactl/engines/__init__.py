"""Which engines there are. The only place that imports an engine by name; each loads its driver when it is opened."""
