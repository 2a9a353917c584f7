"""Git hooks: installing them beside others, and what git tells them."""
