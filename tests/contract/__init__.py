"""What every engine must do, as tests that run on each of them and on an in-memory fake."""
