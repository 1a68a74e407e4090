// Package rollout says whether every ready replica of a gateway serves what was compiled for one object.
//
//	status of the object ──gateways watch──▶ Lease of each replica ──Programmed──▶ condition Programmed
//
// A change costs no request to any replica. A confirmation wakes exactly the objects that it is news for, however many there are.
package rollout
