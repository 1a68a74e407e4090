package demo

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/fairlead-dev/fairlead/hack/progress"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// systemNamespace is where the operator is installed.
const systemNamespace = "fairlead-system"

// restricted is a namespace in which the API server refuses every Pod that is not Pod Security restricted: that all of them run
// is the proof that all of them are.
const restricted = `apiVersion: v1
kind: Namespace
metadata: {name: %s, labels: {pod-security.kubernetes.io/enforce: restricted}}
`

// inCluster lets providers be in the cluster itself, whichever networks it has.
const inCluster = "providers.allowedNetworks={10.0.0.0/8,172.16.0.0/12,192.168.0.0/16}"

// Values are what the chart is installed with.
func (d *Demo) Values() []string { return append(d.Site.Values(), inCluster) }

// install installs the chart, or upgrades it, and waits for the operator.
func (d *Demo) install(ctx context.Context, step *progress.Step) error {
	for _, namespace := range []string{systemNamespace, stack.Namespace} {
		if _, err := d.Tools.kubectl(ctx, fmt.Appendf(nil, restricted, namespace), "apply", "-f", "-"); err != nil {
			return err
		}
	}
	args := []string{"upgrade", "--install", "fairlead", filepath.Join(d.Root, "charts/fairlead"), "-n", systemNamespace, "--wait", "--timeout", "5m"}
	for _, value := range d.Values() {
		args = append(args, "--set", value)
	}
	step.Status("helm %s %s", args[0], args[1])
	_, err := d.Tools.helm(ctx, args...)
	return err
}

// apply applies the samples.
func (d *Demo) apply(ctx context.Context, step *progress.Step) error {
	out, err := d.Tools.kubectl(ctx, nil, "apply", "-n", stack.Namespace, "-k", filepath.Join(d.Root, d.Site.Samples()))
	if err != nil {
		return err
	}
	printLines(step, out)
	return nil
}
