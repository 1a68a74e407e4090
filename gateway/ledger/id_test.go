package ledger

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestNewIDIsAUUIDOfVersion7(t *testing.T) {
	now := time.UnixMilli(1_795_000_000_123)
	seen := map[ID]bool{}
	for range 1000 {
		id := newID(now)
		parsed, err := uuid.Parse(id.String())
		if err != nil {
			t.Fatal(err)
		}
		seconds, nanos := parsed.Time().UnixTime()
		if parsed != uuid.UUID(id) || parsed.Version() != 7 || parsed.Variant() != uuid.RFC4122 || !time.Unix(seconds, nanos).Equal(now) {
			t.Fatalf("%s: version %d, variant %s, time %v", id, parsed.Version(), parsed.Variant(), time.Unix(seconds, nanos))
		}
		if back, err := ParseID(id.String()); err != nil || back != id {
			t.Fatalf("ParseID(%s): %s, %v", id, back, err)
		}
		seen[id] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different IDs of 1000", len(seen))
	}
}

func TestParsePlace(t *testing.T) {
	place := Place{Start: time.UnixMicro(1_795_000_000_123_456).UTC(), ID: newID(time.Now())}
	if got, err := ParsePlace(place.String()); err != nil || got != place {
		t.Errorf("got %v, %v", got, err)
	}
	for _, cursor := range []string{"", "_", "1", "x_" + place.ID.String(), "1_" + place.ID.String()[1:], "1_" + place.ID.String() + "_"} {
		if _, err := ParsePlace(cursor); !errors.Is(err, ErrCursor) {
			t.Errorf("%q: got %v", cursor, err)
		}
	}
}
