package server

import (
	"strings"
	"testing"
)

// This file has what may be wrong with the events of a stream that ends well.

// TestTrapCommentLines: python-genai takes `: keepalive` for JSON.
func TestTrapCommentLines(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, _ streaming, r reply) {
		for line := range strings.Lines(r.body) {
			if strings.HasPrefix(line, ":") {
				t.Errorf("the stream has the comment %q", line)
			}
		}
	})
}

// TestTrapEventWithoutData: openai-node and LangChain parse the data that is not there.
func TestTrapEventWithoutData(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		for event := range strings.SplitSeq(strings.TrimSuffix(r.body, "\n\n"), "\n\n") {
			if s.contentType == "text/event-stream" && strings.Count("\n"+event, "\ndata: ") != 1 {
				t.Errorf("an event that has not one line of data: %q", event)
			}
		}
	})
}

// TestTrapIDAndRetryLines: after an `id:` openai-python dispatches an empty event for every further blank line.
func TestTrapIDAndRetryLines(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, _ streaming, r reply) {
		for line := range strings.Lines(r.body) {
			if strings.HasPrefix(line, "id:") || strings.HasPrefix(line, "retry:") {
				t.Errorf("the stream has the line %q", line)
			}
		}
	})
}

// TestTrapNullErrorInChunk: openai-go aborts, and the AI SDK reports the error "null".
func TestTrapNullErrorInChunk(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, _ streaming, r reply) {
		for line := range strings.Lines(r.body) {
			if doc := jsonLine(line); doc != nil {
				if _, has := doc["error"]; has {
					t.Errorf("an event has the member error: %s", line)
				}
			}
		}
	})
}

// TestTrapRoleIsMissing: the helper of openai-node refuses the stream, and LangChain drops the calls of tools.
func TestTrapRoleIsMissing(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		before, after, _ := strings.Cut(r.body, `Hi"`)
		line, _, _ := strings.Cut(after, "\n")
		if begin := before + line; !strings.Contains(begin, s.role) {
			t.Errorf("no %s up to the first text: %s", s.role, begin)
		}
	})
}

// TestTrapCallWithoutArgumentsOrIndex: the AI SDK hands the tool an empty string; Open WebUI drops a call without index.
func TestTrapCallWithoutArgumentsOrIndex(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) { r.wants(t, s.call, "a whole call") })
}

// TestTrapStopAfterACall: the AI SDK keeps `stop`, and the loop of the agent ends. Gemini and Ollama have no other word.
func TestTrapStopAfterACall(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) { r.wants(t, s.finish, "the reason") })
}

// TestTrapEndOfStream: each protocol ends in its own way. [DONE] is a SyntaxError in genai-js, openai-go drops a last event without a
// blank line, and ollama-js raises an error without a line that says done.
func TestTrapEndOfStream(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		if !strings.HasSuffix(r.body, s.end) || r.err != nil {
			t.Errorf("the stream ends %q (%v), want %q", r.body[max(0, len(r.body)-80):], r.err, s.end)
		}
		if done := strings.Contains(r.body, "[DONE]"); done != strings.Contains(s.end, "[DONE]") {
			t.Errorf("[DONE] is in the stream: %v", done)
		}
	})
}

// TestTrapLastEventWithoutBlankLine: openai-go and genai-js drop it, so that a client gets the blank line also where the upstream sent none,
// or ended its lines as HTTP does.
func TestTrapLastEventWithoutBlankLine(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"Missing": func(stream string) string { return strings.TrimRight(stream, "\n") },
		"CRLF":    func(stream string) string { return strings.ReplaceAll(stream, "\n", "\r\n") },
	} {
		t.Run(name, func(t *testing.T) {
			matrix(t, func(s streaming) string { return change(s.bad) }, func(t *testing.T, s streaming, r reply) {
				if !strings.HasSuffix(r.body, s.end) || strings.Contains(r.body, "\r") || r.err != nil {
					t.Errorf("the stream ends %q (%v), want %q", r.body[max(0, len(r.body)-80):], r.err, s.end)
				}
			})
		})
	}
}

// TestTrapEventNames: without them anthropic-js sees no event, and with one genai-js loses the text. The names of Anthropic's and of
// the Responses API are the types of their events.
func TestTrapEventNames(t *testing.T) {
	matrix(t, badHabits, func(t *testing.T, s streaming, r reply) {
		named := strings.HasPrefix(s.path, "/v1/messages") || strings.HasPrefix(s.path, "/v1/responses")
		if !named {
			if strings.Contains(r.body, "event:") {
				t.Errorf("an event has a name:\n%s", r.body)
			}
			return
		}
		for event := range strings.SplitSeq(strings.TrimSuffix(r.body, "\n\n"), "\n\n") {
			name, data, _ := strings.Cut(strings.TrimPrefix(event, "event: "), "\n")
			if doc := jsonLine(data); doc["type"] != name {
				t.Errorf("the event %q has the type %v", name, doc["type"])
			}
		}
	})
}
