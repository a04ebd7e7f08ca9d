"""Who is to be told what: notices, the messages that carry them, and how far each got."""
