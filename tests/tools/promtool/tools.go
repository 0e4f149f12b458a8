//go:build tools

// Package tools pins the promtool that judges alerting rules.
package tools

import _ "github.com/prometheus/prometheus/cmd/promtool"
