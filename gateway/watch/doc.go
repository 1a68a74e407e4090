// Package watch is where snapshot inputs come from. Package cluster below it reads the status that an operator writes, package
// files reads manifests.
package watch
