package openai

import (
	"bytes"
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// Observer reads along with an answer that passes untouched.
type Observer struct {
	stream bool
	// says: the operation's streams say when they are complete, so that an end without it is a break.
	says   bool
	events *sse.Scanner
	body   jsonscan.Finder
	usage  chat.Usage
	// done: the stream held its last event. finished and failed: it held a finish_reason, an error.
	done, finished, failed bool
}

var _ protocol.Observer = (*Observer)(nil)

// maxImageEvent bounds the events of streamed images, which hold the image, and the last of them the usage too. Events of all
// other streams are small where it matters.
const maxImageEvent = 16 << 20

// maxUsageBytes bounds what is kept of an answer in order to read its usage. Real ones take a few hundred bytes.
const maxUsageBytes = 8 << 10

// NewObserver returns an Observer for the answer to an operation: of a stream of events, or of a JSON document. A stream of text
// has to end with `[DONE]`, or with the reason why it finished where the upstream sends no `[DONE]`. Streams of images, of speech
// and of transcripts are complete when they end.
func NewObserver(op protocol.Operation, stream bool) *Observer {
	most := sse.MaxLine
	if op == protocol.ImageGeneration || op == protocol.ImageEdit {
		most = maxImageEvent
	}
	o := &Observer{stream: stream, says: op == protocol.Chat || op == protocol.TextCompletion, body: jsonscan.NewFinder("usage", maxUsageBytes)}
	if stream {
		o.events = sse.NewScanner(most)
	}
	return o
}

// Write reads the next piece. It never fails.
func (o *Observer) Write(piece []byte) (int, error) {
	if o.stream {
		o.events.Feed(piece, o.event)
	} else {
		o.body.Feed(piece)
	}
	return len(piece), nil
}

// End says that the answer has ended.
func (o *Observer) End() {
	if o.stream {
		o.events.End(o.event)
		return
	}
	o.read(o.body.Value())
}

// Usage is what the answer said that it cost, the last word counting.
func (o *Observer) Usage() chat.Usage { return o.usage }

// Complete says whether a stream came to its end without an error.
func (o *Observer) Complete() bool { return (o.done || o.finished || !o.says) && !o.failed }

// Ended says whether a stream held its last event: `[DONE]`, or the one that says that an image, a speech or a transcript is done.
func (o *Observer) Ended() bool { return o.done }

// Failed says whether a stream held an error event.
func (o *Observer) Failed() bool { return o.failed }

// event looks at one event. Nearly all hold text only, so it looks for the names first and decodes what it must. A name cannot be
// part of a text: there its quotes are escaped.
func (o *Observer) event(data []byte) {
	if string(data) == string(done) {
		o.done = true
		return
	}
	if o.says && !o.finished && hasValue(data, `"finish_reason"`) {
		o.finished = true
	}
	if hasValue(data, `"error"`) && topLevel(data, "error") != nil {
		o.failed = true
	}
	if hasValue(data, `"usage"`) {
		o.read(topLevel(data, "usage"))
	}
	if !o.says {
		o.done = o.done || lastEvent(text(topLevel(data, "type")))
	} else if !o.usage.Known && hasValue(data, `"x_groq"`) {
		o.read(topLevel(topLevel(data, "x_groq"), "usage"))
	}
}

// lastEvent says whether an event of this type is the last of its stream.
// Sources: https://platform.openai.com/docs/api-reference/images-streaming,
// https://platform.openai.com/docs/api-reference/audio/speech-audio-done-event
func lastEvent(kind string) bool {
	switch kind {
	case "transcript.text.done", "speech.audio.done", "image_generation.completed", "image_edit.completed":
		return true
	}
	return false
}

func (o *Observer) read(raw []byte) {
	if u := readUsage(raw); u.Known {
		o.usage = u
	}
}

// hasValue says whether a key occurs in data with a value that is neither null nor an empty string, which some servers write in
// place of it. The key includes its quotes.
func hasValue(data []byte, key string) bool {
	for {
		_, after, found := bytes.Cut(data, []byte(key))
		if !found {
			return false
		}
		data = after
		rest, isKey := bytes.CutPrefix(bytes.TrimLeft(after, " \t\r\n"), []byte(":"))
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if isKey && !bytes.HasPrefix(rest, []byte("null")) && !bytes.HasPrefix(rest, []byte(`""`)) {
			return true
		}
	}
}

// topLevel is the value of a member of the object in data, or nil where there is none or it is null.
func topLevel(data []byte, key string) json.RawMessage {
	var doc map[string]json.RawMessage
	if json.Unmarshal(data, &doc) != nil || string(doc[key]) == "null" {
		return nil
	}
	return doc[key]
}
