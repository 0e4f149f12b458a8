"""From constructs to files: collect, overlay, plan, emit; Kustomize and the cache."""
