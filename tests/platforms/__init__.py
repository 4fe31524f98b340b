"""The platforms that come with schemactl, held against real servers."""
