"""Text to statements. One lexer for every language, told apart by a Syntax value; no I/O, no server, no driver."""
