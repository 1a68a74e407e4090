// Package e2e tests the sample stack on a running cluster, under load: what a person changes, what restarts, what dies. `make e2e`
// brings the cluster up and runs it; without one its tests are skipped.
package e2e
