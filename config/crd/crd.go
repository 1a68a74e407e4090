// Package crd carries the CustomResourceDefinitions that are generated from api/v1alpha1, so that whatever has to know the
// schema without asking an API server reads the same files that are installed into one.
package crd

import "embed"

// Files holds one file for each kind: `fairlead.dev_modelaliases.yaml`.
//
//go:embed fairlead.dev_*.yaml
var Files embed.FS
