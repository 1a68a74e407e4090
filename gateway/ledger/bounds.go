package ledger

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Longest texts of an event, in bytes. Those that sums are kept by fit together into one entry of an index, which may have some 2,700
// bytes in PostgreSQL.
const (
	maxShort   = 128
	maxName    = 256
	maxObject  = 320
	maxSubject = 640
	maxBudgets = 64
)

// maxSkew is how far ahead of the clock an event may start.
const maxSkew = 5 * time.Minute

// clean bounds a text that a client may have chosen, and replaces what databases refuse: bytes that are no UTF-8, and NUL.
func clean(s string, most int) string {
	if len(s) <= most && utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), 2*most)], "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// CleanSubject is the subject of a budget as stores hold it.
func CleanSubject(s string) string { return clean(s, maxSubject) }

// CleanName is a user or a model as stores hold it.
func CleanName(s string) string { return clean(s, maxName) }

// CleanShort is the ID of a key or a request as stores hold it.
func CleanShort(s string) string { return clean(s, maxShort) }

// startOf is the start of an event in the precision of databases. A clock that was set back leaves no event in the future.
func startOf(start, now time.Time) time.Time {
	if start.IsZero() {
		start = now
	}
	if latest := now.Add(maxSkew); start.After(latest) {
		start = latest
	}
	return start.UTC().Truncate(time.Microsecond)
}
