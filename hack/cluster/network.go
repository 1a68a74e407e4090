package cluster

import (
	"errors"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

// DNS is the address of the cluster's DNS server.
const DNS = "10.96.0.10"

// NetworkProcess is a process of this machine in whose network namespace the addresses of Pods and Services can be reached. It is
// there for as long as the cluster runs; to ask for it when it does not is an error.
func (c *Cluster) NetworkProcess() (int, error) {
	running, err := c.Running()
	if err != nil {
		return 0, err
	}
	if !running {
		return 0, errors.New("the cluster does not run")
	}
	var pids spec.Pids
	if err := spec.Read(c.state, spec.Running, &pids); err != nil {
		return 0, err
	}
	return pids.Init, nil
}
