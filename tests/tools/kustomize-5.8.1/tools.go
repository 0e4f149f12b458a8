//go:build tools

// Package tools pins a Kustomize that an Argo CD ships.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"
