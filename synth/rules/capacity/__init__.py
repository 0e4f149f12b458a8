"""What teams may ask of the cluster at once, against their quotas and what there is.

Everything is computed from the rendered objects: what an overlay changes counts, and a kind counts
in one place whoever renders it. Pure: objects in, demands and findings out.

What counts is the most that can run at once when nothing is being replaced: models at the maximum
of their autoscaler, streams at their maximum scale, workflows at their concurrency. Pods that stand
beside old ones while an update is rolled out are kept apart (`surge`). A step that is tried again
counts once: its next pod begins when the last one has ended, and a quota does not count pods that
have ended. What cannot be known is said (`beyond`), not guessed.
"""
