package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// objects is the part of a list of nodes and Pods that tells whether what it says is still true.
type objects struct {
	Items []struct {
		Kind   string `json:"kind"`
		Status struct {
			Conditions []struct {
				Type          string    `json:"type"`
				Status        string    `json:"status"`
				LastHeartbeat time.Time `json:"lastHeartbeatTime"`
			} `json:"conditions"`
			Containers []struct {
				State struct {
					Running *struct {
						StartedAt time.Time `json:"startedAt"`
					} `json:"running"`
				} `json:"state"`
			} `json:"containerStatuses"`
		} `json:"status"`
	} `json:"items"`
}

// awaitNode waits until the node is ready. A cluster that was stopped still says of its node and Pods what was true before; only when the
// kubelet has looked again does "ready" mean anything. since is when the box was started.
func (c *Cluster) awaitNode(ctx context.Context, since time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		out, err := c.Kubectl(ctx, "get", "nodes,pods", "--all-namespaces", "--output=json").Output()
		if err == nil {
			var all objects
			if err := json.Unmarshal(out, &all); err != nil {
				return fmt.Errorf("decoding the nodes and Pods: %w", err)
			}
			if all.settled(since.Truncate(time.Second)) { // the API has whole seconds
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for the node: %w\nthe last lines of the kubelet:\n%s", ctx.Err(), c.tail("kubelet", 5))
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// settled reports whether a node is ready by a heartbeat after since, and no container is said to run since before it.
func (o objects) settled(since time.Time) bool {
	ready := false
	for _, item := range o.Items {
		for _, container := range item.Status.Containers {
			if running := container.State.Running; running != nil && running.StartedAt.Before(since) {
				return false
			}
		}
		for _, condition := range item.Status.Conditions {
			if item.Kind == "Node" && condition.Type == "Ready" {
				ready = condition.Status == "True" && !condition.LastHeartbeat.Before(since)
			}
		}
	}
	return ready
}
