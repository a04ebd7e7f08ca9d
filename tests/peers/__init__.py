"""Tests with programs that nobody here wrote: the npm packages pinned in package-lock.json."""
