"""kfsynth: short environment files in, plain manifests of a Kubeflow platform out."""
