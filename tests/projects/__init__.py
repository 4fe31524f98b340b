"""Small projects that tests make for themselves."""
