package cache

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"net/http"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/money"
)

// The form of an entry in Redis: a byte that names the version, the CRC-32C of all that follows it, flags, numbers, three texts, and
// the body, which is the rest. Another version is a miss, so that gateways of two versions can share a Redis.
const (
	version = 1
	// header is what precedes the flags, in bytes.
	header = 1 + crc32.Size

	flagStream     = 1 << 0
	flagUsageKnown = 1 << 1
	flagsAll       = flagStream | flagUsageKnown

	// statusKept is the status of every answer that is kept.
	statusKept = http.StatusOK
	// fixed is more than the numbers of an envelope take.
	fixed = 128
)

var errUnreadable = errors.New("the value is no answer of this version")

// seal is the entry as it is stored, with the time at which it ends.
func seal(e *Entry, until time.Time) []byte {
	b := make([]byte, header, fixed+len(e.ContentType)+len(e.Target)+len(e.Provider)+len(e.Body))
	b[0] = version
	var flags byte
	if e.Stream {
		flags |= flagStream
	}
	if e.Usage.Known {
		flags |= flagUsageKnown
	}
	b = append(b, flags)
	u := &e.Usage
	for _, n := range [...]int64{
		e.Stored.UnixNano(), until.UnixNano(), int64(e.Cost),
		u.InputTokens, u.CachedInputTokens, u.CacheWriteTokens, u.OutputTokens, u.ReasoningTokens,
	} {
		b = binary.AppendUvarint(b, uint64(max(n, 0)))
	}
	for _, text := range [...]string{e.ContentType, e.Target, e.Provider} {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	b = append(b, e.Body...)
	binary.LittleEndian.PutUint32(b[1:], checksum(b[header:]))
	return b
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// unseal reads what seal wrote; the body refers to b. The error is errUnreadable.
func unseal(b []byte) (e *Entry, until time.Time, err error) {
	if len(b) <= header || b[0] != version || binary.LittleEndian.Uint32(b[1:]) != checksum(b[header:]) {
		return nil, time.Time{}, errUnreadable
	}
	r := envelope{b: b[header+1:]}
	flags := b[header]
	e = &Entry{Status: statusKept, Stream: flags&flagStream != 0}
	e.Stored, until = time.Unix(0, r.number()), time.Unix(0, r.number())
	e.Cost = money.USD(r.number())
	e.Usage.Known = flags&flagUsageKnown != 0
	for _, n := range [...]*int64{
		&e.Usage.InputTokens, &e.Usage.CachedInputTokens, &e.Usage.CacheWriteTokens, &e.Usage.OutputTokens, &e.Usage.ReasoningTokens,
	} {
		*n = r.number()
	}
	e.ContentType, e.Target, e.Provider = r.text(), r.text(), r.text()
	e.Body = r.b
	if r.bad || flags&^flagsAll != 0 || !e.fits() {
		return nil, time.Time{}, errUnreadable
	}
	return e, until, nil
}

// envelope reads the parts of a stored entry one after another. After a part that is not there, bad is set.
type envelope struct {
	b   []byte
	bad bool
}

func (r *envelope) number() int64 {
	n, size := binary.Uvarint(r.b)
	if size <= 0 || n > math.MaxInt64 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[size:]
	return int64(n)
}

func (r *envelope) text() string {
	n := r.number()
	if n > int64(len(r.b)) {
		r.bad, r.b = true, nil
		return ""
	}
	s := string(r.b[:n])
	r.b = r.b[n:]
	return s
}
