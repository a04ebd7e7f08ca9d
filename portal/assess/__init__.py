"""The assessor's pages: what waits for him, one proposal with its rubric, and what he scored."""
