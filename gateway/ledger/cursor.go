package ledger

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Place is where an event stands in the log: by start, then by ID. Stores make their cursors of it.
type Place struct {
	Start time.Time
	ID    ID
}

// String is the place as a Cursor.
func (p Place) String() string {
	return strconv.FormatInt(p.Start.UnixMicro(), 10) + "_" + p.ID.String()
}

// ParsePlace reads a Cursor. The error wraps ErrCursor.
func ParsePlace(cursor string) (Place, error) {
	start, id, _ := strings.Cut(cursor, "_")
	micros, err := strconv.ParseInt(start, 10, 64)
	if err != nil {
		return Place{}, fmt.Errorf("%w: %q", ErrCursor, cursor)
	}
	parsed, err := ParseID(id)
	if err != nil {
		return Place{}, fmt.Errorf("%w: %q", ErrCursor, cursor)
	}
	return Place{Start: time.UnixMicro(micros).UTC(), ID: parsed}, nil
}
