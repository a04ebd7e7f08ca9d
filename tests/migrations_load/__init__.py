"""Migrations up and down in a full database on PostgreSQL, while others read and write it."""
