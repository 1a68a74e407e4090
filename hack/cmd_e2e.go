package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/hack/cluster"
)

func e2eCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "e2e [-- GO TEST FLAGS]",
		Short: "Run the end-to-end tests on the demo's cluster, which is brought up when it is not there",
		RunE: func(cmd *cobra.Command, args []string) error {
			_, image, err := demoStack(cmd.Context())
			if err != nil {
				return err
			}
			c, err := openCluster()
			if err != nil {
				return err
			}
			pid, err := c.NetworkProcess()
			if err != nil {
				return err
			}
			test := exec.CommandContext(cmd.Context(), "go", append([]string{"test", "-count=1", "-v", "-timeout=30m", "./e2e"}, args...)...)
			test.Stdout, test.Stderr = os.Stdout, os.Stderr
			test.Env = append(os.Environ(), "E2E_KUBECONFIG="+c.Kubeconfig(), "E2E_KUBECTL="+c.Program("kubectl"),
				"E2E_NETWORK_PID="+strconv.Itoa(pid), "E2E_DNS="+cluster.DNS, "E2E_UPSTREAM_IMAGE="+image)
			if err := test.Run(); err != nil {
				return fmt.Errorf("running the end-to-end tests: %w", err)
			}
			return nil
		},
	}
}
