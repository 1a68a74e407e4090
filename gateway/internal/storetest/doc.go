// Package storetest starts real stores for tests, each on a free port and in the test's own directory, and makes them fail in
// the ways that stores do: stopped, hung, killed, empty. It is used by tests only.
package storetest
