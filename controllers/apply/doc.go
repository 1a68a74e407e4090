// Package apply is the only writer of workloads. It makes the cluster hold what was rendered:
//
//   - by server-side apply under one field owner, so that what others set beside it stays theirs;
//   - only where something differs: at rest it writes nothing, and what somebody changed is put back;
//   - never over an object that belongs to somebody else;
//   - and it deletes what is rendered no more.
package apply
