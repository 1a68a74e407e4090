package openai

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// heard is what has been read of one choice.
type heard struct {
	finished, refused bool
	// mark is where the thoughts were that have not been followed by anything else, and entry the last of OpenRouter's details of
	// them, or nil.
	mark  string
	entry map[string]json.RawMessage
	calls []*heardCall
}

// maxChoices bounds what an upstream can make the gateway keep; OpenAI's own limit of n is 128.
const maxChoices = 128

func (d *Decoder) choice(c *chunkChoice) error {
	if c.Index < 0 || c.Index >= maxChoices {
		return nil
	}
	for len(d.turns) <= c.Index {
		d.turns = append(d.turns, &heard{})
	}
	t := d.turns[c.Index]
	s := c.Delta
	if s == nil {
		s = c.Message
	}
	if s != nil {
		if err := d.said(t, c, s); err != nil {
			return err
		}
	}
	if c.FinishReason == "" {
		return nil
	}
	f, e := finishOf(c, t.refused)
	if e != nil {
		return e
	}
	return d.finish(t, c.Index, f)
}

// said reads a piece: first the thoughts, then the text, then the calls, which is the order in which a model makes them.
func (d *Decoder) said(t *heard, c *chunkChoice, s *said) error {
	if err := d.thought(t, c.Index, s); err != nil {
		return err
	}
	if err := d.content(t, c, s.Content); err != nil {
		return err
	}
	if s.Refusal != "" {
		t.refused = true
		if err := d.text(t, c.Index, s.Refusal, nil); err != nil {
			return err
		}
	}
	for i := range s.ToolCalls {
		if err := d.call(t, c.Index, &s.ToolCalls[i]); err != nil {
			return err
		}
	}
	if s.FunctionCall != nil {
		return d.call(t, c.Index, &saidCall{Index: new(int), Function: *s.FunctionCall})
	}
	return nil
}

// content reads text, or Mistral's list of parts.
func (d *Decoder) content(t *heard, c *chunkChoice, raw json.RawMessage) error {
	logs := upstreamLogprobs(c.Logprobs)
	if !bytes.HasPrefix(raw, []byte("[")) {
		return d.text(t, c.Index, text(raw), logs)
	}
	var parts []contentPart
	if err := json.Unmarshal(raw, &parts); err != nil {
		return d.text(t, c.Index, string(raw), logs)
	}
	for _, p := range parts {
		if err := d.think(t, c.Index, markParts, joinedParts(p.Thinking)); err != nil {
			return err
		}
		if err := d.text(t, c.Index, p.Text, logs); err != nil {
			return err
		}
		logs = nil
	}
	return nil
}

func joinedParts(parts []contentPart) string {
	texts := make([]string, len(parts))
	for i := range parts {
		texts[i] = parts[i].Text
	}
	return strings.Join(texts, "")
}

func (d *Decoder) text(t *heard, choice int, s string, logs []json.RawMessage) error {
	if s == "" && len(logs) == 0 {
		return nil
	}
	if err := d.sign(t, choice); err != nil {
		return err
	}
	return d.send(chat.Event{Kind: chat.EventText, Choice: choice, Text: s, Logprobs: logs})
}

// thought reads what the model thought, which vendors repeat under several names.
func (d *Decoder) thought(t *heard, choice int, s *said) error {
	mark, all := markContent, s.ReasoningContent
	if other := text(s.Reasoning); all == "" && other != "" {
		mark, all = markOther, other
	}
	if len(s.ReasoningDetails) == 0 {
		return d.think(t, choice, mark, all)
	}
	if all == "" {
		texts := make([]string, 0, len(s.ReasoningDetails))
		for _, detail := range s.ReasoningDetails {
			texts = append(texts, text(detail["text"]), text(detail["summary"]))
		}
		all = strings.Join(texts, "")
	}
	if err := d.think(t, choice, markOther, all); err != nil {
		return err
	}
	for _, detail := range s.ReasoningDetails {
		if err := d.detail(t, choice, detail); err != nil {
			return err
		}
	}
	return nil
}

func (d *Decoder) think(t *heard, choice int, mark, s string) error {
	if s == "" {
		return nil
	}
	t.mark = mark
	return d.send(chat.Event{Kind: chat.EventThinking, Choice: choice, Text: s})
}

// detail reads an entry of OpenRouter's reasoning_details, whose text was read already. It goes round the loop whole: one that only
// its provider can read at once, others with the thought that they end, which a signature does.
func (d *Decoder) detail(t *heard, choice int, entry map[string]json.RawMessage) error {
	if text(entry["type"]) == detailEncrypted {
		if err := d.sign(t, choice); err != nil {
			return err
		}
		s := chat.Signature{Origin: chat.OriginCompatible, Value: packDetail(entry)}
		return d.send(chat.Event{Kind: chat.EventRedacted, Choice: choice, Signature: s})
	}
	t.mark, t.entry = markOther, entry
	if text(entry["signature"]) == "" {
		return nil
	}
	return d.sign(t, choice)
}

// sign ends thoughts with the mark of where they were.
func (d *Decoder) sign(t *heard, choice int) error {
	if t.mark == "" {
		return nil
	}
	s := chat.Signature{Origin: chat.OriginCompatible, Value: t.mark}
	if t.entry != nil {
		s.Value = packDetail(t.entry)
	}
	t.mark, t.entry = "", nil
	return d.send(chat.Event{Kind: chat.EventSignature, Choice: choice, Signature: s})
}

func (d *Decoder) finish(t *heard, choice int, f chat.Finish) error {
	if t.finished {
		return nil
	}
	if err := d.sign(t, choice); err != nil {
		return err
	}
	t.finished = true
	return d.send(chat.Event{Kind: chat.EventFinish, Choice: choice, Finish: f})
}
