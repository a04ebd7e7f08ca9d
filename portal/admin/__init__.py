"""The admin's pages: what needs attention, credentials, awards, people, and what keeps the house running."""
