"""The editor of programs: drafts in forms or as text, previews, what publishing would change, publishing."""
