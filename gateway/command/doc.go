// Package command is the command lines of the data plane: `gateway`, which watches a cluster, and `run`, which reads files.
// Both put the same parts together:
//
//	Source ──input──▶ Build ──▶ Store ──▶ Server
package command
