"""Rubrica: a self-hosted contact book for messaging."""
