"""`make demo`: the career platform on throwaway servers of four engines, by the command line, from nothing and back."""
