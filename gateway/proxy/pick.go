package proxy

import (
	"math/rand/v2"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/balance"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// order returns the targets in the order in which the request tries them. The error is as that of balance.Order.
func (e *exchange) order(now time.Time) ([]*snapshot.Target, error) {
	targets, err := balance.Order(e.room[:0], e.model, &balance.Request{
		Now: now, Intn: rand.IntN, Prefix: e.prefix(), Chosen: balance.ParseChosen(e.r.Header[balance.HeaderTargets]),
	})
	if err != nil {
		return nil, err
	}
	e.rouse(targets, now)
	return targets, nil
}

// prefix is that of the conversation; 0 where the strategy does not ask.
func (e *exchange) prefix() uint64 {
	if e.model.Strategy != v1alpha1.StrategyPrefixAffinity {
		return 0
	}
	return e.conversation()
}

// conversation is a hash of who talks about what: the key, the model, and the messages that a conversation begins with, which come again
// with each of its turns. It is the same in every replica. It is 0 for requests that hold no conversation.
func (e *exchange) conversation() uint64 {
	if e.in.scan == nil {
		return 0
	}
	head := jsonscan.Head(e.in.scan.Body, e.service.Scan.Content.Name)
	if len(head) == 0 {
		return 0
	}
	var d xxhash.Digest
	d.Reset()
	for _, part := range []string{e.caller.KeySubject(), e.named()} {
		// Writing to a hash never fails.
		_, _ = d.WriteString(part)
		_, _ = d.Write([]byte{0})
	}
	_, _ = d.Write(head)
	return d.Sum64()
}
