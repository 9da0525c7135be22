"""How well the readers read real files: a score against what a person sees in each of them."""
