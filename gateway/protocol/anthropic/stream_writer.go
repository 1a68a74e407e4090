package anthropic

import (
	"strconv"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Stream writes a streamed answer: message_start, then the blocks one after another with their index counted from 0, message_delta
// with the reason and the whole usage, message_stop. Every event has its name, without which Anthropic's SDKs see no event.
// Source: https://platform.claude.com/docs/en/build-with-claude/streaming
func (m Messages) Stream(_ *protocol.Call, req *chat.Request, out protocol.Output) protocol.StreamWriter {
	return &streamWriter{out: out, codec: m, model: req.Model, index: -1}
}

// streamWriter writes one answer.
type streamWriter struct {
	out   protocol.Output
	codec Messages
	model string
	// buf holds the events that one call writes, all of which are sent at once.
	buf []byte
	// index of the last block, and its type while it is open, else empty. signed says that a thought has its signature.
	index  int
	open   string
	signed bool
	// finish and usage are written in the end, when both are known.
	finish chat.Finish
	usage  chat.Usage
}

// Event writes what e adds. Only the first choice is written: a client of this protocol cannot ask for more.
func (w *streamWriter) Event(e *chat.Event) error {
	if e.Choice != 0 {
		return nil
	}
	w.buf = w.buf[:0]
	switch e.Kind {
	case chat.EventStart:
		w.start(e)
	case chat.EventUsage:
		w.usage = e.Usage
	case chat.EventFinish:
		w.finish = e.Finish
		w.stopBlock()
	default:
		w.content(e)
	}
	return w.send()
}

// content writes an event that belongs to a block.
func (w *streamWriter) content(e *chat.Event) {
	switch e.Kind {
	case chat.EventText:
		w.text(e)
	case chat.EventThinking:
		w.ensure(blockThinking, emptyThinking)
		w.delta(`{"type":"thinking_delta","thinking":`, e.Text)
	case chat.EventSignature:
		w.signature(e.Signature.Mark(chat.OriginAnthropic))
	case chat.EventRedacted:
		w.startBlock(blockRedacted)
		w.buf = append(jsonwrite.String(append(w.buf, `{"type":"redacted_thinking","data":`...), e.Signature.Mark(chat.OriginAnthropic)), "}}\n\n"...)
		w.stopBlock()
	case chat.EventToolCall:
		w.startBlock(blockToolUse)
		w.buf = jsonwrite.String(append(w.buf, `{"type":"tool_use","id":`...), callID(e.ID, e.Signature))
		w.buf = append(jsonwrite.String(append(w.buf, `,"name":`...), e.Name), ",\"input\":{}}}\n\n"...)
	case chat.EventArguments:
		w.delta(`{"type":"input_json_delta","partial_json":`, e.Text)
	case chat.EventToolCallEnd:
		w.stopBlock()
	}
}

// text writes a piece of a text, and its signature as a block behind it; see thinkingBlock.
func (w *streamWriter) text(e *chat.Event) {
	if e.Text != "" {
		w.ensure(blockText, `{"type":"text","text":""}`)
		w.delta(`{"type":"text_delta","text":`, e.Text)
	}
	if e.Signature.Value != "" {
		w.signature(e.Signature.Mark(chat.OriginAnthropic))
	}
}

const emptyThinking = `{"type":"thinking","thinking":"","signature":""}`

// signature writes the whole signature in one event, because the SDK for Node keeps the last one only. Nothing follows it in its
// block. A signature without thoughts gets a block of its own.
func (w *streamWriter) signature(signature string) {
	w.ensure(blockThinking, emptyThinking)
	w.delta(`{"type":"signature_delta","signature":`, signature)
	w.signed = true
	w.stopBlock()
}

func (w *streamWriter) start(e *chat.Event) {
	w.event("message_start", `,"message":`)
	w.buf = append(w.buf, jsonwrite.Must(message{
		ID: w.codec.messageID(e.ID), Type: "message", Role: roleAssistant, Model: w.model, Content: []block{}, Usage: newUsage(e.Usage),
	})...)
	w.buf = append(w.buf, "}\n\n"...)
	w.usage = e.Usage
}

// ensure makes sure that the open block is of a type; empty is how such a block begins.
func (w *streamWriter) ensure(kind, empty string) {
	if w.open == kind {
		return
	}
	w.startBlock(kind)
	w.buf = append(append(w.buf, empty...), "}\n\n"...)
}

// startBlock ends the open block and begins the next, up to where its content has to follow.
func (w *streamWriter) startBlock(kind string) {
	w.stopBlock()
	w.index++
	w.open = kind
	w.event("content_block_start", `,"index":`)
	w.buf = append(strconv.AppendInt(w.buf, int64(w.index), 10), `,"content_block":`...)
}

func (w *streamWriter) stopBlock() {
	switch {
	case w.open == "":
		return
	case w.open == blockThinking && !w.signed:
		w.delta(`{"type":"signature_delta","signature":`, chat.Signature{}.MarkThought(chat.OriginAnthropic))
	}
	w.open, w.signed = "", false
	w.event("content_block_stop", `,"index":`)
	w.buf = append(strconv.AppendInt(w.buf, int64(w.index), 10), "}\n\n"...)
}

// delta adds text to the open block; delta is the object without it.
func (w *streamWriter) delta(delta, text string) {
	w.event("content_block_delta", `,"index":`)
	w.buf = append(strconv.AppendInt(w.buf, int64(w.index), 10), `,"delta":`...)
	w.buf = append(jsonwrite.String(append(w.buf, delta...), text), "}}\n\n"...)
}

// event begins an event of a type, which is its name as well.
func (w *streamWriter) event(name, then string) {
	w.buf = append(append(w.buf, "event: "...), name...)
	w.buf = append(append(w.buf, "\ndata: {\"type\":\""...), name...)
	w.buf = append(append(w.buf, '"'), then...)
}

func (w *streamWriter) send() error {
	if len(w.buf) == 0 {
		return nil
	}
	return w.out.Raw(w.buf)
}

// Close writes why the answer ended, its usage, and the end.
func (w *streamWriter) Close() error {
	var end struct {
		StopReason   string  `json:"stop_reason"`
		StopSequence *string `json:"stop_sequence"`
	}
	end.StopReason, end.StopSequence = stop(w.finish)
	w.buf = w.buf[:0]
	w.stopBlock()
	w.event("message_delta", `,"delta":`)
	w.buf = append(append(w.buf, jsonwrite.Must(end)...), `,"usage":`...)
	w.buf = append(append(w.buf, jsonwrite.Must(newUsage(w.usage))...), "}\n\n"...)
	w.event("message_stop", "}\n\n")
	return w.send()
}

// Fail writes an error event, which all SDKs raise, and no end.
func (w *streamWriter) Fail(e *fault.Error) error { return w.out.Raw(Errors{}.Frame(e)) }
