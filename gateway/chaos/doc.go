// Package chaos holds tests only: the real gateway, as a process of its own, in front of a fake upstream that keeps its own record, while
// real stores and the gateway itself are killed, hung and emptied. What the ledger says is held against what the upstream did.
//
// `make test` runs everything on a small scale; `make chaos` runs the whole of it.
package chaos
