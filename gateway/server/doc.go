// Package server is the gateway's HTTP surface: two listeners, the routes, health and readiness, draining, and the one place
// where an error becomes an answer.
//
// The data port serves clients; the admin port serves metrics and probes, and needs no key because it is not reachable from
// where clients are.
package server
