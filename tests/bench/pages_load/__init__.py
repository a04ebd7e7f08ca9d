"""Every page of the portal with 100,000 people and 1,000,000 credentials: queries, rows and milliseconds."""
