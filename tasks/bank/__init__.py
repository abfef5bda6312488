"""Split the questions, embed them, build one bank per split seed."""
