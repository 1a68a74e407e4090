// Package status turns what a reconcile found into what people and programs read: conditions, events, and when to look again.
//
// A person's mistake is a condition and no retry. A machine's fault is an error, which is retried with a growing wait.
// Waiting is a time after which to look again. A conflict, somebody else was faster, is retried without a word.
package status
