// Package snapshot is the immutable routing table. Build makes a whole one aside from what the status of the four kinds says;
// Store swaps it in with one atomic write; a request loads it once and never looks again.
package snapshot
