"""One program for each package of the table: hold() makes instances and changes state, use(held) looks at all of it afterwards.

Both run on every release that is tried, so they use what all of them have.
"""
