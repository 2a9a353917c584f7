"""Continuous integration: which system runs this, what it asks to look at, and how it shows what was found."""
