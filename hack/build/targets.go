package build

import (
	"context"
	"path/filepath"
	"strings"
)

// Versions of what is built, for the programs to report. The go.mod files below hack/kube decide; a test keeps the two equal.
const (
	// KubernetesVersion is the version that the cluster reports.
	KubernetesVersion = "v1.37.2"
	// ContainerdVersion is of a release line that needs no newer versions of the big libraries (gRPC, protobuf, OpenTelemetry) than Kubernetes
	// does. Its go.mod names exactly those, so that 600 of its 1,060 packages come compiled from the build of Kubernetes.
	ContainerdVersion = "v2.2.9"
)

// Kube builds the one binary that is etcd, every Kubernetes component, kubectl and the volume provisioner, and returns its path. Which
// one it is, is told by the name of the symbolic link that it is called by, or by its first argument.
func (b *Builder) Kube(ctx context.Context) (string, error) {
	dir, err := b.Build(ctx, Program{
		Name: "kube", Module: "hack/kube", Packages: []string{"."}, Sources: []string{"main.go", "volumes"},
		LinkerFlags: kubernetesVersionFlags(), Quick: true, Cold: "5 minutes",
	})
	return filepath.Join(dir, "kube"), err
}

// Containerd builds containerd, its runc shim and its client ctr, and returns the directory that holds them.
func (b *Builder) Containerd(ctx context.Context) (string, error) {
	const module = "github.com/containerd/containerd/v2"
	return b.Build(ctx, Program{
		Name: "containerd", Module: "hack/kube/containerd",
		Packages:    []string{module + "/cmd/containerd", module + "/cmd/containerd-shim-runc-v2", module + "/cmd/ctr"},
		Tags:        []string{"no_btrfs", "no_devmapper", "no_zfs", "no_tracing"},
		LinkerFlags: []string{"-X", module + "/version.Version=" + ContainerdVersion},
		Quick:       true, Cold: "1 minute",
	})
}

// CoreDNS builds the cluster's DNS server with the few plugins it uses and returns its path.
func (b *Builder) CoreDNS(ctx context.Context) (string, error) {
	dir, err := b.Build(ctx, Program{
		Name: "coredns", Module: "hack/kube", Packages: []string{"./coredns"}, Sources: []string{"coredns"}, Quick: true,
	})
	return filepath.Join(dir, "coredns"), err
}

// Box builds the program that holds the cluster's namespaces and processes, and returns its path.
func (b *Builder) Box(ctx context.Context) (string, error) {
	dir, err := b.Build(ctx, Program{
		Name: "box", Module: "hack", Packages: []string{"./cluster/box"}, Sources: []string{"cluster/box", "cluster/spec"},
	})
	return filepath.Join(dir, "box"), err
}

// kubernetesVersionFlags sets what the components report as their version; without it they say v0.0.0 and refuse some peers.
func kubernetesVersionFlags() []string {
	minor := strings.Split(KubernetesVersion, ".")[1]
	variables := []string{
		"gitVersion=" + KubernetesVersion, "gitMajor=1", "gitMinor=" + minor, "gitTreeState=clean", "gitCommit=unknown",
		"buildDate=1970-01-01T00:00:00Z",
	}
	packages := []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"}
	flags := make([]string, 0, 2*len(packages)*len(variables))
	for _, pkg := range packages {
		for _, variable := range variables {
			flags = append(flags, "-X", pkg+"."+variable)
		}
	}
	return flags
}
