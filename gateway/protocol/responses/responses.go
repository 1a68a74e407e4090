package responses

import (
	"crypto/rand"
	"encoding/hex"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

var (
	_ protocol.ChatCodec  = (*Codec)(nil)
	_ protocol.CountCodec = InputTokens{}
	_ protocol.Errors     = Errors{}
	_ protocol.Observer   = (*Observer)(nil)
)

// Codec is POST /responses.
type Codec struct {
	// newID returns the part of ids that tells answers apart; now is the clock.
	newID func() string
	now   func() time.Time
}

// New returns the Codec.
func New() *Codec { return &Codec{newID: randomID, now: time.Now} }

func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// Decode reads a request.
func (*Codec) Decode(_ *protocol.Call, body []byte) (*chat.Request, error) { return decode(body) }

// Stream returns what writes a streamed answer.
func (c *Codec) Stream(_ *protocol.Call, req *chat.Request, out protocol.Output) protocol.StreamWriter {
	return &stream{response: c.response(req), out: out}
}

// Answer writes a whole answer. The protocol has one choice; others are left out, which only a request that asked for several in
// another protocol's words could lead to.
func (c *Codec) Answer(req *chat.Request, a *chat.Answer) []byte {
	r := c.response(req)
	r.begin(a.Created)
	r.usage = a.Usage
	var first chat.Choice
	if len(a.Choices) > 0 {
		first = a.Choices[0]
	}
	r.choice(&first)
	return r.append(nil, r.own.echo)
}

// response returns an answer that has not begun.
func (c *Codec) response(req *chat.Request) response {
	own, ok := req.Own.(*memory)
	if !ok {
		own = &memory{}
		own.remember(nil)
	}
	return response{base: c.newID(), now: c.now, model: req.Model, own: own, status: statusInProgress}
}
