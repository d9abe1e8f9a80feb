"""What the terminal shows: progress while a command works, and a few lines at its end."""
