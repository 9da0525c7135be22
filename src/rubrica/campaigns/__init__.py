"""Messages to every contact of the lists, once each.

This is the front door: others import from here, never from the rooms behind it.
"""
