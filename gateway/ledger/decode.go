package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// errContent says that a record whose checksum is right holds no event, as a record that another version wrote may.
var errContent = errors.New("the content of a record is not an event of this version")

// headOf is the kind and the ID of a record's content.
func headOf(content []byte) (kind, ID, error) {
	var id ID
	if len(content) < 2+len(id) || content[0] != version || content[1] < byte(intent) || content[1] > byte(final) {
		return 0, id, errContent
	}
	copy(id[:], content[2:])
	return kind(content[1]), id, nil
}

// decode reads what appendContent wrote.
func decode(content []byte) (*Event, error) {
	_, id, err := headOf(content)
	if err != nil {
		return nil, err
	}
	r := reader{rest: content[2+len(id):]}
	e := &Event{ID: id, Start: time.UnixMicro(r.varint()).UTC(), State: State(r.octet())}
	r.flags(e)
	for _, text := range []*string{
		&e.RequestID, &e.KeyID, &e.Key, &e.User, &e.Operation, &e.Model, &e.Alias, &e.Target, &e.Provider, &e.UpstreamModel,
	} {
		*text = r.text()
	}
	e.Attempts, e.Status = int(r.number()), int(r.number())
	e.Usage = chat.Usage{
		Known: e.Usage.Known, InputTokens: r.number(), CachedInputTokens: r.number(), CacheWriteTokens: r.number(),
		OutputTokens: r.number(), ReasoningTokens: r.number(),
	}
	e.Cost = money.USD(r.number())
	e.FirstByte, e.Duration = r.duration(), r.duration()
	e.Budgets = r.budgets()
	if r.broken || len(r.rest) > 0 || e.State > Interrupted {
		return nil, fmt.Errorf("reading the event %s: %w", id, errContent)
	}
	return e, nil
}

// reader takes values off a record's content. After the first that is not there, all are zero.
type reader struct {
	rest   []byte
	broken bool
}

func (r *reader) take(n int) []byte {
	if r.broken || n < 0 || n > len(r.rest) {
		r.broken = true
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *reader) octet() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.advance(n)
	return v
}

func (r *reader) number() int64 {
	v, n := binary.Uvarint(r.rest)
	r.advance(n)
	return int64(min(v, math.MaxInt64))
}

// advance passes a varint of n bytes; n is not positive where there was none.
func (r *reader) advance(n int) {
	if n <= 0 {
		r.broken = true
		return
	}
	r.take(n)
}

func (r *reader) duration() time.Duration {
	return time.Duration(min(r.number(), math.MaxInt64/int64(time.Microsecond))) * time.Microsecond
}

func (r *reader) text() string { return string(r.take(int(r.number()))) }

func (r *reader) flags(e *Event) {
	flags := r.octet()
	e.Stream, e.CacheHit, e.Usage.Known = flags&flagStream != 0, flags&flagCacheHit != 0, flags&flagUsage != 0
	e.Estimated, e.Priced = flags&flagEstimated != 0, flags&flagPriced != 0
}

func (r *reader) budgets() []string {
	n := r.number()
	if n == 0 || n > maxBudgets {
		r.broken = r.broken || n > maxBudgets
		return nil
	}
	subjects := make([]string, n)
	for i := range subjects {
		subjects[i] = r.text()
	}
	return subjects
}
