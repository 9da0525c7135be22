"""What is written about Rubrica, and the programs that make parts of it."""
