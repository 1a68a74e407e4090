package openai

import (
	"crypto/rand"
	"strings"
	"time"
)

// mint makes what an answer needs and an upstream may not give. Tests have one of their own.
type mint struct {
	now func() time.Time
	id  func() string
}

func newMint() mint { return mint{now: time.Now, id: rand.Text} }

// name is the id of an answer: the upstream's behind the prefix that this protocol's ids have, or a new one.
func (m mint) name(prefix, upstream string) string {
	switch {
	case upstream == "":
		return prefix + m.id()
	case strings.HasPrefix(upstream, prefix):
		return upstream
	}
	return prefix + upstream
}

// created is when an answer was made, in seconds of Unix time.
func (m mint) created(upstream time.Time) int64 {
	if upstream.IsZero() {
		upstream = m.now()
	}
	return upstream.Unix()
}
