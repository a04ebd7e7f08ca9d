"""The languages of the pages: which one a reader gets, and how it says sentences, days and numbers."""
