package anthropic

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/sse"
)

// received is what a client has put together of a stream.
type received struct {
	Blocks     []*receivedBlock
	StopReason string
	Usage      usage
	// Ended says that message_stop came, Error is the type of an error that came.
	Ended bool
	Error string
}

type receivedBlock struct {
	Type, ID, Name, Text, Signature, Arguments string
	stopped                                    bool
}

// receive reads a stream as strictly as the strictest of Anthropic's SDKs: every event has a name that is its type; nothing comes
// before message_start or after message_stop; a block begins where the one before it has ended, and only it grows; arguments are an
// object; lines are short, and there are none but names and data.
func receive(stream string) (*received, error) {
	r := &received{}
	lines := bufio.NewScanner(strings.NewReader(stream))
	lines.Buffer(nil, sse.MaxLine)
	name, started := "", false
	for lines.Scan() {
		line := lines.Text()
		if n, ok := strings.CutPrefix(line, "event: "); ok {
			name = n
			continue
		}
		data, ok := strings.CutPrefix(line, "data: ")
		if !ok && line != "" {
			return nil, fmt.Errorf("the line %q", line)
		}
		if !ok {
			continue
		}
		var e event
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			return nil, fmt.Errorf("reading %s: %w", data, err)
		}
		switch {
		case e.Type != name:
			return nil, fmt.Errorf("%s has the name %q", data, name)
		case started == (name == eventMessageStart) && name != eventError, r.Ended, r.Error != "":
			return nil, fmt.Errorf("%s is out of order", name)
		}
		started, name = true, ""
		if err := r.event(&e); err != nil {
			return nil, fmt.Errorf("reading %s: %w", data, err)
		}
	}
	return r, lines.Err()
}

func (r *received) event(e *event) error {
	switch e.Type {
	case eventMessageStart:
		r.Usage = e.Message.Usage
		return nil
	case eventBlockStart:
		return r.begin(e)
	case eventBlockDelta, eventBlockStop:
		return r.grow(e)
	case eventMessageDelta:
		r.StopReason = e.Delta.StopReason
		r.Usage.merge(e.Usage)
	case eventMessageStop:
		r.Ended = true
	case eventError:
		r.Error = e.Error.Type
		return nil
	}
	if n := len(r.Blocks); n > 0 && !r.Blocks[n-1].stopped {
		return fmt.Errorf("block %d is open", n-1)
	}
	return nil
}

func (r *received) begin(e *event) error {
	n := len(r.Blocks)
	if e.Index != n || n > 0 && !r.Blocks[n-1].stopped {
		return fmt.Errorf("block %d begins after %d", e.Index, n)
	}
	b := e.ContentBlock
	r.Blocks = append(r.Blocks, &receivedBlock{Type: b.Type, ID: b.ID, Name: b.Name, Signature: b.Signature + b.Data})
	if b.Type == blockToolUse && string(b.Input) != "{}" {
		return fmt.Errorf("the input begins with %s", b.Input)
	}
	return nil
}

func (r *received) grow(e *event) error {
	if e.Index != len(r.Blocks)-1 || r.Blocks[e.Index].stopped {
		return fmt.Errorf("block %d is not open", e.Index)
	}
	b := r.Blocks[e.Index]
	if e.Type == eventBlockStop {
		b.stopped = true
		if b.Type == blockToolUse && b.Arguments == "" {
			return fmt.Errorf("block %d has no arguments", e.Index)
		}
		return nil
	}
	want := map[string]string{
		"text_delta": blockText, "thinking_delta": blockThinking, "signature_delta": blockThinking, "input_json_delta": blockToolUse,
	}
	if want[e.Delta.Type] != b.Type || e.Delta.Type == "signature_delta" && b.Signature != "" {
		return fmt.Errorf("%s in a block of the type %s", e.Delta.Type, b.Type)
	}
	b.Text += e.Delta.Text + e.Delta.Thinking
	b.Signature += e.Delta.Signature
	b.Arguments += e.Delta.PartialJSON
	return nil
}
