"""Reports in the forms of other programs."""
