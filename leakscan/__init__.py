"""leakscan finds secrets that were committed to git repositories."""
