"""Taking a secret out of history, and proving that it is gone: facts, checks, plan, act, verify."""
