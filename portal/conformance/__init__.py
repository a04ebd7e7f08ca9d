"""The conformance profile: a server for public test suites, with keys that are forgotten when it ends (ADR 0033)."""
