"""Mail leaves here: MIME, SMTP, and the run that sends what is in the queue."""
