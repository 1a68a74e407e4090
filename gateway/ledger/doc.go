// Package ledger accounts for every request: one event each, written to a spool on disk before the upstream is asked and again
// before the client has the last byte, and shipped from there to a database in batches. Whatever dies, nothing is lost and nothing
// counts twice.
package ledger
