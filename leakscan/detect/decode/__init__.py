"""What stands encoded in a text: where it may be, what it says, and how to get back to where it stands."""
