"""The numbers we promise, and what they are measured with."""
