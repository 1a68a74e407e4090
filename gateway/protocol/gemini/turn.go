package gemini

import "github.com/fairlead-dev/fairlead/gateway/chat"

// turn puts the parts of a model's turn together. Neighbours that are text, or thoughts, were one before they were streamed, and a
// signature belongs to what is before it.
type turn struct {
	parts []chat.Part
	// open is the part that grows, its text in text.
	open chat.Part
	text []byte
}

func (t *turn) add(p chat.Part) {
	grows := p.Kind == chat.KindText || p.Kind == chat.KindThinking
	if !grows || p.Kind != t.open.Kind || t.open.Signature.Value != "" {
		t.end()
	}
	if !grows {
		t.parts = append(t.parts, p)
		return
	}
	t.open.Kind, t.open.Signature = p.Kind, p.Signature
	t.text = append(t.text, p.Text...)
}

// end closes the open part. One that says nothing is left out.
func (t *turn) end() {
	if t.open.Kind != 0 && (len(t.text) > 0 || t.open.Signature.Value != "") {
		t.open.Text = string(t.text)
		t.parts = append(t.parts, t.open)
	}
	t.open, t.text = chat.Part{}, t.text[:0]
}
