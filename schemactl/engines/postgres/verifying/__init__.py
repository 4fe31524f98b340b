"""What `verify` looks for in a PostgreSQL database, a file for each group; `verifier` knows them all."""
