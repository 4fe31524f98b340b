"""The only reader of configuration files, migration files and the environment."""
