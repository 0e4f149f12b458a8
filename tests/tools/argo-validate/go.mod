module kfsynth/tests/tools/argo-validate

go 1.24
