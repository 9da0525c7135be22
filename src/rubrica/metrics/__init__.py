"""Figures for Prometheus: requests as the web processes count them, the rest from the database."""
