"""The transparency log as strangers read it: files that never change, a checkpoint, and a page that explains it."""
