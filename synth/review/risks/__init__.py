"""What a change can hurt, with the reason and the way out; the worst comes first.

A check looks at one change, or at all of them; it finds nothing in most.
"""
