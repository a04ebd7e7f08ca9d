"""`/admin/reports`: how a program fares, in figures and charts, as pages, PDF and CSV. Read by admins and auditors."""
