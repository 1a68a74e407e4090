package chat

import (
	"encoding/json"
	"time"
)

// EventKind says what an Event adds to an answer.
type EventKind uint8

// Kinds of events. A decoder may leave EventStart out where its protocol says nothing of the kind; Sequence puts it in.
const (
	// EventStart is the first event: ID and Created, and Usage as far as it is known already.
	EventStart EventKind = iota + 1
	// EventText adds Text to the answer's text.
	EventText
	// EventThinking adds Text to what the model thought.
	EventThinking
	// EventSignature gives the Signature of the thinking before it.
	EventSignature
	// EventRedacted is a whole KindRedacted, in Signature.
	EventRedacted
	// EventToolCall begins a call of a tool: Call, ID, Name and, where the upstream has one, Signature.
	EventToolCall
	// EventArguments adds Text to the JSON text of the arguments of Call.
	EventArguments
	// EventToolCallEnd says that Call is complete. Decoders whose protocol does not say it leave it out; Sequence puts it in.
	EventToolCallEnd
	// EventFinish says why the choice ended. It is the choice's last event.
	EventFinish
	// EventUsage gives what the answer has cost so far; the last one counts. It may come after the last EventFinish.
	EventUsage
)

// Event is the next piece of an answer. Decoders may use one Event again and again: whoever keeps it has to copy it.
type Event struct {
	Kind EventKind
	// Choice that the event belongs to, counted from 0.
	Choice int
	// Call tells the calls of a choice apart, counted from 0 in the order in which they began.
	Call      int
	Text      string
	ID, Name  string
	Created   time.Time
	Signature Signature
	Finish    Finish
	Usage     Usage
	// Logprobs of the tokens in Text, in OpenAI's form, or nil.
	Logprobs []json.RawMessage
}

// Events shows an answer as the events that it would have been streamed in, each call's arguments in one.
func (a *Answer) Events(emit func(*Event) error) error {
	if err := emit(&Event{Kind: EventStart, ID: a.ID, Created: a.Created}); err != nil {
		return err
	}
	for i := range a.Choices {
		if err := a.Choices[i].events(i, emit); err != nil {
			return err
		}
	}
	return emit(&Event{Kind: EventUsage, Usage: a.Usage})
}

func (c *Choice) events(choice int, emit func(*Event) error) error {
	calls := 0
	for i := range c.Parts {
		for _, e := range partEvents(&c.Parts[i], calls) {
			e.Choice = choice
			if err := emit(&e); err != nil {
				return err
			}
		}
		if c.Parts[i].Kind == KindToolCall {
			calls++
		}
	}
	return emit(&Event{Kind: EventFinish, Choice: choice, Finish: c.Finish, Logprobs: c.Logprobs})
}

func partEvents(p *Part, call int) []Event {
	switch p.Kind {
	case KindText:
		return []Event{{Kind: EventText, Text: p.Text, Signature: p.Signature}}
	case KindThinking:
		return []Event{{Kind: EventThinking, Text: p.Text}, {Kind: EventSignature, Signature: p.Signature}}
	case KindRedacted:
		return []Event{{Kind: EventRedacted, Signature: p.Signature}}
	case KindToolCall:
		return []Event{
			{Kind: EventToolCall, Call: call, ID: p.ToolCall.ID, Name: p.ToolCall.Name, Signature: p.Signature},
			{Kind: EventArguments, Call: call, Text: string(p.ToolCall.Arguments)},
			{Kind: EventToolCallEnd, Call: call},
		}
	}
	return nil
}
