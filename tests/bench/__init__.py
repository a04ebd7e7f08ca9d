"""How fast it is, side by side with programs that nobody here wrote: `make bench`, or `python -m tests.bench`."""
