package build

import (
	"context"
	"path/filepath"
)

// Helm builds Helm, at the version that hack/tools/go.mod names, and returns its path.
func (b *Builder) Helm(ctx context.Context) (string, error) {
	dir, err := b.Build(ctx, Program{
		Name: "helm", Module: "hack/tools", Packages: []string{"helm.sh/helm/v4/cmd/helm"}, Quick: true, Cold: "1 minute",
	})
	return filepath.Join(dir, "helm"), err
}
