"""What a team has from another scanner, as leakscan's own: configuration, rules, known secrets. See docs/interop.md."""
