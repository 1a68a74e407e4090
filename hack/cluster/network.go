package cluster

import "github.com/fairlead-dev/fairlead/hack/cluster/spec"

// DNS is the address of the cluster's DNS server.
const DNS = "10.96.0.10"

// NetworkProcess is a process of this machine in whose network namespace the addresses of Pods and Services can be reached. It is
// there for as long as the cluster runs.
func (c *Cluster) NetworkProcess() (int, error) {
	var pids spec.Pids
	if err := spec.Read(c.state, spec.Running, &pids); err != nil {
		return 0, err
	}
	return pids.Init, nil
}
