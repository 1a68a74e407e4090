package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/cluster"
	"github.com/fairlead-dev/fairlead/hack/images"
	"github.com/fairlead-dev/fairlead/hack/release"
)

func e2eCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "e2e [-- GO TEST FLAGS]",
		Short: "Run the end-to-end tests on the demo's cluster, which is brought up when it is not there",
		RunE: func(cmd *cobra.Command, args []string) error {
			environment, err := e2eEnvironment(cmd.Context())
			if err != nil {
				return err
			}
			test := exec.CommandContext(cmd.Context(), "go", append([]string{"test", "-count=1", "-v", "-timeout=90m", "./e2e"}, args...)...)
			test.Stdout, test.Stderr, test.Env = os.Stdout, os.Stderr, append(os.Environ(), environment...)
			if err := test.Run(); err != nil {
				return fmt.Errorf("running the end-to-end tests: %w", err)
			}
			return nil
		},
	}
}

// e2eEnvironment runs the demo and returns what tells the tests where everything is.
func e2eEnvironment(ctx context.Context) ([]string, error) {
	d, err := runDemo(ctx)
	if err != nil {
		return nil, err
	}
	pid, err := d.cluster.NetworkProcess()
	if err != nil {
		return nil, err
	}
	previous, err := previousImage(ctx, d.cluster)
	if errors.Is(err, release.ErrNoHistory) {
		fmt.Fprintln(os.Stderr, "the test of the upgrade is skipped:", err)
	} else if err != nil {
		return nil, err
	}
	return []string{
		"E2E_KUBECONFIG=" + d.cluster.Kubeconfig(), "E2E_KUBECTL=" + d.cluster.Program("kubectl"), "E2E_HELM=" + d.helm,
		"E2E_NETWORK_PID=" + strconv.Itoa(pid), "E2E_DNS=" + cluster.DNS, "E2E_AUDIT_LOG=" + d.cluster.AuditLog(),
		"E2E_UPSTREAM_IMAGE=" + d.upstream, "E2E_VALUES=" + strings.Join(d.values, ","), "E2E_PREVIOUS_IMAGE=" + previous,
	}, nil
}

// previousImage builds what was released before, loads its image into the cluster, and returns the image's name.
func previousImage(ctx context.Context, c *cluster.Cluster) (string, error) {
	now, err := newBuilder(2)
	if err != nil {
		return "", err
	}
	root, err := release.Checkout(ctx, now, release.Previous)
	if err != nil {
		return "", err
	}
	archive, err := images.New(build.New(now.Cache(), root, now.Progress())).Fairlead(ctx)
	if err != nil {
		return "", err
	}
	return archive.Ref, c.Load(ctx, archive.Path)
}
