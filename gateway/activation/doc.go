// Package activation is for providers whose servers stop when nobody asks for them. It notes that somebody does, which the replica tells
// the operator in its Lease, and holds requests until a server has started.
//
// What the operator last said about a provider may be out of date in both directions: a server may have started since, or the last one
// stopped. So a request that finds none waits, and while any waits, one goroutine for each provider asks its servers every 100 ms
// whether they are there. Nobody waits for the operator to notice.
package activation
