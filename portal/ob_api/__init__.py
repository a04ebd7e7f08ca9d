"""The Open Badges 3.0 API, as its provider."""
