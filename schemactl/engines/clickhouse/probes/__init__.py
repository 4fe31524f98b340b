"""What the live catalogue of one server says of a statement, one file a family of statements. Each has three functions:

before(site, known)          what to note of its objects before it is sent; JSON values
probe(site, known, noted)    what has become of it
tidy(site, known, noted)     take away what half of it left, or finish it; returns what was done
"""
