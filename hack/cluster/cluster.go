// Package cluster brings up a real Kubernetes cluster on a Linux machine that has Go and root and may have nothing else: no container engine,
// no registry, no download but Go modules and a few system packages.
//
//	build (Go modules) ──▶ kube, containerd, coredns, box
//	                                        │
//	host ── 127.0.0.1:16443 ──▶ box (pid, mount, net, uts, ipc and cgroup namespaces)
//	                             ├ etcd ◀ kube-apiserver ◀ kube-controller-manager, kube-scheduler, volumes
//	                             └ containerd ◀ kubelet, kube-proxy (nftables) ── Pods (CNI ptp), CoreDNS
//
// It has one node, and no route to the outside: images are loaded from tarballs (see Load), and a Pod that calls the Internet is refused at
// once. NetworkPolicies are accepted but not enforced, since the ptp plugin does not know them.
//
// Everything it writes is below one state directory. Down leaves no process, mount, namespace or control group behind.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// auditLog is the name of the log of changes, see Cluster.AuditLog.
const auditLog = "audit.log"

// Cluster is a cluster on this machine, running or not.
type Cluster struct{ state string }

// Open returns the cluster whose state is in the given cache. There is at most one.
func Open(cache *build.Cache) *Cluster { return &Cluster{state: filepath.Join(cache.Dir(), "cluster")} }

// Dir is the state directory; its folder "log" has a log file for each process.
func (c *Cluster) Dir() string { return c.state }

// Kubeconfig is the path of a kubeconfig with all rights that works on this machine while the cluster runs.
func (c *Cluster) Kubeconfig() string { return filepath.Join(c.state, "kubeconfig") }

// AuditLog is the path of the API server's audit log: one JSON object (audit.k8s.io/v1 Event, level Metadata) for each request that
// writes. Reads are not in it. The API server starts a new file after 100 MB and keeps one old one.
func (c *Cluster) AuditLog() string { return filepath.Join(c.state, spec.Log, auditLog) }

// Program is the path of one of the cluster's programs, such as "kubectl" or "ctr".
func (c *Cluster) Program(name string) string { return filepath.Join(c.state, "bin", name) }

// Kubectl returns a command that runs the cluster's own kubectl with its kubeconfig.
func (c *Cluster) Kubectl(ctx context.Context, arguments ...string) *exec.Cmd {
	return exec.CommandContext(ctx, c.Program("kubectl"), append([]string{"--kubeconfig=" + c.Kubeconfig()}, arguments...)...)
}

// In returns a command that runs a program of this machine inside the cluster's namespaces, where the addresses of Pods and Services can be
// reached. Its exit status is that of the program. Names are not resolved through the cluster's DNS. It needs root.
func (c *Cluster) In(ctx context.Context, program string, arguments ...string) *exec.Cmd {
	return exec.CommandContext(ctx, c.Program("box"), append([]string{"in", c.state, program}, arguments...)...)
}

// Running reports whether the cluster runs. It asks for the lock that the box holds for as long as it lives.
func (c *Cluster) Running() (bool, error) {
	file, err := os.Open(filepath.Join(c.state, spec.Lock))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking whether the cluster runs: %w", err)
	}
	defer file.Close()
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking whether the cluster runs: %w", err)
	}
	return false, nil
}

// hasNode reports whether the cluster was started with a node, rather than as a control plane only.
func (c *Cluster) hasNode() (bool, error) {
	var box spec.Box
	if err := spec.Read(c.state, spec.File, &box); err != nil {
		return false, err
	}
	return slices.ContainsFunc(box.Processes, func(p spec.Process) bool { return p.Name == "kubelet" }), nil
}

// Down stops the cluster, if it runs, and removes the processes, mounts, namespaces and control groups that Up made. The state stays, so that Up
// continues where it was, unless wipe says to remove that too. builder is asked for the program that knows how.
func (c *Cluster) Down(ctx context.Context, builder *build.Builder, wipe bool) error {
	if _, err := os.Stat(c.state); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	program, err := builder.Box(ctx)
	if err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, program, "stop", c.state).CombinedOutput(); err != nil {
		return fmt.Errorf("stopping the cluster: %w: %s", err, out)
	}
	if wipe {
		if err := os.RemoveAll(c.state); err != nil {
			return fmt.Errorf("removing the state of the cluster: %w", err)
		}
	}
	return nil
}
