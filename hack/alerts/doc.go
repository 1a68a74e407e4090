// Package alerts tests with Prometheus's own engine what the operator gives to Prometheus and Grafana: that every expression can be read,
// and that each alert says so when something is wrong and keeps quiet when nothing is. It is a module of its own because of what it
// depends on.
package alerts
