package ledger

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// newID makes an ID of the time and 74 random bits. It takes no lock and no system call, because each request needs one.
// Layout: RFC 9562, section 5.7.
func newID(now time.Time) ID {
	var id ID
	binary.BigEndian.PutUint64(id[:8], uint64(now.UnixMilli())<<16|rand.Uint64()&0xfff|0x7000)
	binary.BigEndian.PutUint64(id[8:], rand.Uint64()>>2|1<<63)
	return id
}

// String is the ID in the usual form, 8-4-4-4-12 hexadecimal digits.
func (id ID) String() string {
	var text [36]byte
	hex.Encode(text[:8], id[:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:], id[10:])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

// ParseID reads what String wrote.
func ParseID(text string) (ID, error) {
	var id ID
	digits := strings.ReplaceAll(text, "-", "")
	if len(text) != 36 || len(digits) != 2*len(id) {
		return id, fmt.Errorf("expected a UUID, found %q", text)
	}
	if _, err := hex.Decode(id[:], []byte(digits)); err != nil {
		return id, fmt.Errorf("reading the UUID %q: %w", text, err)
	}
	return id, nil
}

func (id ID) compare(other ID) int { return bytes.Compare(id[:], other[:]) }
