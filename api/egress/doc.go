// Package egress decides which addresses may be connected to on behalf of somebody who is not the cluster's administrator: whoever
// may make a ModelProvider chooses a URL that gateways and the operator then call from inside the cluster.
//
// The address is looked at when a connection is opened, after every name has been resolved, so that no name leads around it and a
// name that changes its mind is asked again.
package egress
