package gemini

import (
	"encoding/json"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// part emits the events of a part. What only Google's own tools leave behind, such as code that it ran, cannot be in an answer to a
// request that was translated.
func (d *Decoder) part(choice int, p *part, logprobs *[]json.RawMessage, emit func(*chat.Event) error) error {
	s := chat.Signature{}
	if p.ThoughtSignature != "" {
		s = chat.Signature{Origin: chat.OriginGoogle, Value: p.ThoughtSignature}
	}
	switch {
	case p.FunctionCall != nil:
		return d.call(choice, p.FunctionCall, s, emit)
	case p.Thought:
		return thought(choice, p, s, emit)
	case p.InlineData != nil:
		return emit(&chat.Event{Kind: chat.EventText, Choice: choice, Text: inlined(p.InlineData), Signature: s})
	case p.Text == nil && s.Value == "":
		return nil
	}
	e := &chat.Event{Kind: chat.EventText, Choice: choice, Signature: s, Logprobs: *logprobs}
	if p.Text != nil {
		e.Text = *p.Text
	}
	*logprobs = nil
	return emit(e)
}

// thought emits what the model thought. A draft of an image is no part of the answer, and thoughts are text: it is left out.
func thought(choice int, p *part, s chat.Signature, emit func(*chat.Event) error) error {
	if p.Text != nil && *p.Text != "" {
		if err := emit(&chat.Event{Kind: chat.EventThinking, Choice: choice, Text: *p.Text}); err != nil {
			return err
		}
	}
	if s.Value == "" {
		return nil
	}
	return emit(&chat.Event{Kind: chat.EventSignature, Choice: choice, Signature: s})
}

// call emits a call, which Gemini sends whole.
func (d *Decoder) call(choice int, f *functionCall, s chat.Signature, emit func(*chat.Event) error) error {
	n := d.choices[choice].calls
	d.choices[choice].calls++
	id := f.ID
	if id == "" {
		id = d.newID()
	}
	err := emit(&chat.Event{Kind: chat.EventToolCall, Choice: choice, Call: n, ID: id, Name: f.Name, Signature: s})
	arguments := string(f.Args)
	if arguments == "" || arguments == "null" {
		arguments = "{}"
	}
	if err == nil {
		err = emit(&chat.Event{Kind: chat.EventArguments, Choice: choice, Call: n, Text: arguments})
	}
	if err == nil {
		err = emit(&chat.Event{Kind: chat.EventToolCallEnd, Choice: choice, Call: n})
	}
	return err
}

// inlined shows media that the model made as Markdown with a data URL: the neutral answer is text, and this is what is shown as a
// picture wherever Markdown is.
func inlined(b *blob) string {
	link := "[" + b.MIMEType + "](data:" + b.MIMEType + ";base64," + b.Data + ")"
	if strings.HasPrefix(b.MIMEType, "image/") {
		return "!" + link
	}
	return link
}
