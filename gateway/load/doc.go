// Package load holds what a replica learns about upstreams while it serves: how many requests are under way, how long the first
// byte takes, and whether requests fail. What it holds outlives the snapshots that refer to it. Nothing here takes a lock that all
// requests share.
package load
