package cache

import (
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/money"
)

// MaxBytes is the largest answer that is kept at all, in bytes: what CachePolicy allows at most.
const MaxBytes = 16 << 20

// Entry is one complete answer. It is shared by all who are given it, and never changed.
type Entry struct {
	// Status is 200: nothing else is kept.
	Status int
	// ContentType of the answer.
	ContentType string
	// Stream says that the answer is a stream.
	Stream bool
	// Body is what the client got, byte for byte.
	Body []byte
	// Usage and Cost are what the answer took when it was made, which is what giving it again saves.
	Usage chat.Usage
	Cost  money.USD
	// Stored is when the answer was made.
	Stored time.Time
	// Target and Provider made it.
	Target, Provider string
}

// fits says whether the entry may be kept.
func (e *Entry) fits() bool { return e.Status == statusKept && len(e.Body) <= MaxBytes }

// youngerThan says whether the entry may answer a request that wants one of at most this age; 0 is any age.
func (e *Entry) youngerThan(age time.Duration) bool { return age <= 0 || time.Since(e.Stored) <= age }

// overhead is what an entry takes beside its parts, about: the structures that hold it.
const overhead = 256

// weight is the memory that the entry takes, in bytes.
func (e *Entry) weight() int {
	return overhead + cap(e.Body) + len(e.ContentType) + len(e.Target) + len(e.Provider)
}
