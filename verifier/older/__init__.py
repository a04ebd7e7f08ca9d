"""Open Badges 2.0: hosted and signed assertions, judged by that standard's own rules and never taken for 3.0."""
