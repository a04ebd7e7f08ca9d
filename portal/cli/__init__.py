"""The commands, one module for each group; `application` puts them together."""
