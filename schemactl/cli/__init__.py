"""argv, terminal, colours, prompts, exit codes. Nothing else prints or exits."""
