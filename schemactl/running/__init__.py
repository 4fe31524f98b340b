"""What engines share in running a migration step by step. Driver-free; docs/adr/0009 says what belongs here."""
