"""Speed beside other tools, on one machine, in turn: `make bench`. Never part of the tests."""
