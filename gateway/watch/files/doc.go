// Package files turns manifests on disk into snapshot inputs: the same YAML that a cluster takes, without a cluster.
//
//	files ──read──▶ documents ──admit──▶ objects ──compile──▶ snapshot.Input
//	        lines              schema            controllers/compile
//
// Each document is judged alone, by the very schema that the API server would apply. One with a mistake is reported with file,
// line and field, and the rest goes live. Where an earlier version of the same object was good, that one goes on being served.
package files
