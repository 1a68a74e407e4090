package proxy

import (
	"bytes"

	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// Members that ask an upstream to say at the end of a stream what it cost.
const (
	wantUsage     = `"include_usage":true`
	streamOptions = `"stream_options":{` + wantUsage + `}`
)

// counted asks for the usage of a stream where the client did not: OpenAI's protocol is the only one that says nothing unasked. The
// event that says it is taken out again. A client that declined stays as it is, and so does one whose usage nobody counts.
func (e *exchange) counted() (ask provider.Edit, ok bool) {
	chats := e.call.Operation == protocol.Chat || e.call.Operation == protocol.TextCompletion
	if !e.stream || !chats || e.call.Protocol != protocol.OpenAI || e.in.scan.SaysUsage || !e.ticket.Counts() {
		return provider.Edit{}, false
	}
	at, member := e.in.scan.Open, streamOptions
	if o := e.in.scan.StreamOptions; o.End > 0 {
		at, member = o.Start+1, wantUsage
	}
	if rest := bytes.TrimLeft(e.in.scan.Body[at:], " \t\r\n"); rest[0] != '}' {
		member += ","
	}
	return provider.Edit{Start: at, End: at, New: []byte(member)}, true
}

// writeWanted sends whole events, without the one that only the gateway asked for.
func (s *stream) writeWanted(p []byte) error {
	if !s.plan.counted || !bytes.Contains(p, usageMark) {
		return s.write(p)
	}
	from, to, ok := usageEvent(p)
	if !ok {
		return s.write(p)
	}
	if from > 0 {
		if err := s.write(p[:from]); err != nil {
			return err
		}
	}
	if to < len(p) {
		return s.write(p[to:])
	}
	return nil
}

// usageMark is in every object that says what a stream cost, and not in `"usage":null`, which other events have.
var usageMark = []byte(`"prompt_tokens"`)

// usageEvent finds the event that has no choices and says what the stream cost.
// Source: https://platform.openai.com/docs/api-reference/chat-streaming/streaming
func usageEvent(p []byte) (from, to int, ok bool) {
	for from < len(p) {
		to = from + eventEnd(p[from:])
		if data := p[from:to]; noChoices(data) && bytes.Contains(data, usageMark) {
			return from, to, true
		}
		from = to
	}
	return 0, 0, false
}

// eventEnd is the length of the first event of p, its empty line included; all of p where none ends.
func eventEnd(p []byte) int {
	for i := range p {
		if (p[i] == '\n' || p[i] == '\r') && endsEvent(p[:i+1]) {
			return i + 1
		}
	}
	return len(p)
}

// noChoices says whether an event has an empty list of choices.
func noChoices(data []byte) bool {
	_, rest, found := bytes.Cut(data, []byte(`"choices"`))
	rest = bytes.TrimLeft(rest, " \t")
	rest, colon := bytes.CutPrefix(rest, []byte(":"))
	rest, open := bytes.CutPrefix(bytes.TrimLeft(rest, " \t"), []byte("["))
	return found && colon && open && bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte("]"))
}
