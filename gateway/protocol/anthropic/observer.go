package anthropic

import (
	"bytes"
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// maxObserved is the longest event that is looked at, in bytes. Those with a usage take a few hundred.
const maxObserved = 64 << 10

// maxUsageBytes bounds what is kept of an answer in order to read its usage. Real ones take a few hundred bytes.
const maxUsageBytes = 8 << 10

// Observer reads along with an answer that passes untouched, as protocol.Observer.
type Observer struct {
	isStream bool
	events   *sse.Scanner
	body     jsonscan.Finder
	usage    usage
	// stopped, ended and failed say that the stream held the reason for its end, message_stop, an error.
	stopped, ended, failed bool
}

// NewObserver returns an Observer of an event stream, or else of a JSON document.
func NewObserver(stream bool) *Observer {
	return &Observer{isStream: stream, events: sse.NewScanner(maxObserved), body: jsonscan.NewFinder("usage", maxUsageBytes)}
}

// Write looks at the next piece. It never fails.
func (o *Observer) Write(piece []byte) (int, error) {
	if o.isStream {
		o.events.Feed(piece, o.event)
	} else {
		o.body.Feed(piece)
	}
	return len(piece), nil
}

// End says that the answer has ended.
func (o *Observer) End() {
	if o.isStream {
		o.events.End(o.event)
		return
	}
	var u usage
	if raw := o.body.Value(); raw != nil && json.Unmarshal(raw, &u) == nil {
		o.usage = u
	}
}

// Usage is what the answer said that it cost so far.
func (o *Observer) Usage() chat.Usage { return o.usage.neutral() }

// Complete says whether a stream held message_stop, or at least why the model stopped, and no error.
func (o *Observer) Complete() bool { return (o.ended || o.stopped) && !o.failed }

// Ended says whether a stream held message_stop.
func (o *Observer) Ended() bool { return o.ended }

// Failed says whether a stream held an error.
func (o *Observer) Failed() bool { return o.failed }

// event looks at one event. Nearly all add to a block and are not decoded.
func (o *Observer) event(data []byte) {
	if bytes.HasPrefix(data, []byte(`{"type":"content_block_`)) {
		return
	}
	var e struct {
		Type    string `json:"type"`
		Message struct {
			Usage usage `json:"usage"`
		} `json:"message"`
		Usage usage `json:"usage"`
		Delta struct {
			StopReason string `json:"stop_reason"`
		} `json:"delta"`
	}
	if json.Unmarshal(data, &e) != nil {
		return
	}
	switch e.Type {
	case eventMessageStart:
		o.usage.merge(&e.Message.Usage)
	case eventMessageDelta:
		o.usage.merge(&e.Usage)
		o.stopped = o.stopped || e.Delta.StopReason != ""
	case eventMessageStop:
		o.ended = true
	case eventError:
		o.failed = true
	}
}
