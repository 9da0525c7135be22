"""What every route shares: problems, pages, queries. It knows no feature."""
