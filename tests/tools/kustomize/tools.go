//go:build tools

// Package tools pins the Kustomize that judges the output.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
