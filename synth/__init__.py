"""kfsynth: short environment files in, plain manifests of a Kubeflow platform out."""

__version__ = "0.1.0"
