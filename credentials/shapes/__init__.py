"""Shapes of badges that were seen before, as templates: the same document, made in a tenth of the time."""
