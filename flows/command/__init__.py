"""The terminal: commands, what they print, and what they start."""
