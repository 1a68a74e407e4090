package golden

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/provider"
)

// JSON is v, or the JSON document that it holds where it is []byte, indented.
func JSON(v any) string {
	var out bytes.Buffer
	doc, isBytes := v.([]byte)
	if !isBytes {
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return err.Error()
		}
		doc = slices.Clone(out.Bytes())
		out.Reset()
	}
	if err := json.Indent(&out, doc, "", "  "); err != nil {
		return fmt.Sprintf("not JSON (%v): %s", err, doc)
	}
	return strings.TrimRight(out.String(), "\n")
}

// Outbound is a request to an upstream as text: path, headers in order, what is lost, body.
func Outbound(o provider.Outbound, err error) string {
	if err != nil {
		return Fault(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "POST %s\n", o.Path)
	names := make([]string, 0, len(o.Header))
	for name := range o.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%s: %s\n", name, strings.Join(o.Header[name], ", "))
	}
	for _, p := range o.Lost {
		fmt.Fprintf(&b, "# lost %s (%s)\n", p.As, p.Name)
	}
	return b.String() + JSON(bytes.Join(o.Body, nil))
}

// Fault is an error as text.
func Fault(err error) string {
	e, ok := errors.AsType[*fault.Error](err)
	if !ok {
		return fmt.Sprintf("error: %v", err)
	}
	s := fmt.Sprintf("fault: %d code=%s param=%s: %s", e.Status, e.Code, e.Param, e.Message)
	if e.RetryAfter > 0 {
		s += fmt.Sprintf(" (retry after %v)", e.RetryAfter)
	}
	return s
}

// Events collects the events of a stream as text, one line each.
type Events struct{ b strings.Builder }

// Event takes the next event.
func (l *Events) Event(e *chat.Event) error {
	fmt.Fprintf(&l.b, "%s choice=%d", eventNames[e.Kind], e.Choice)
	switch e.Kind {
	case chat.EventToolCall, chat.EventArguments, chat.EventToolCallEnd:
		fmt.Fprintf(&l.b, " call=%d", e.Call)
	}
	if e.ID != "" || e.Name != "" {
		fmt.Fprintf(&l.b, " id=%s name=%s", e.ID, e.Name)
	}
	if e.Text != "" {
		fmt.Fprintf(&l.b, " %q", e.Text)
	}
	if e.Signature.Value != "" {
		fmt.Fprintf(&l.b, " signature=%s:%s", e.Signature.Origin, e.Signature.Value)
	}
	if e.Finish.Reason != "" {
		fmt.Fprintf(&l.b, " %s %s", e.Finish.Reason, e.Finish.StopSequence)
	}
	if e.Usage.Known {
		fmt.Fprintf(&l.b, " %+v", e.Usage)
	}
	for _, p := range e.Logprobs {
		fmt.Fprintf(&l.b, " %s", p)
	}
	l.b.WriteByte('\n')
	return nil
}

// End is all of the text, with the error of the stream at its end if there was one.
func (l *Events) End(err error) string {
	if err != nil {
		l.b.WriteString(Fault(err))
	}
	return l.b.String()
}

var eventNames = map[chat.EventKind]string{
	chat.EventStart: "start", chat.EventText: "text", chat.EventThinking: "thinking", chat.EventSignature: "signature",
	chat.EventRedacted: "redacted", chat.EventToolCall: "tool_call", chat.EventArguments: "arguments",
	chat.EventToolCallEnd: "tool_call_end", chat.EventFinish: "finish", chat.EventUsage: "usage",
}
