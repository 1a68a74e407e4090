package bench

import (
	"context"
	"time"
)

// Translate measures the CPU time of one chat that the gateway translates for an upstream of another protocol, against one with the
// same contents that it passes through: an answer of 200 tokens, and a stream of 100, which come so far apart that each is an event
// of its own all the way.
func Translate(ctx context.Context, figures *Figures, programs Programs) error {
	r, err := newRig(ctx, programs, 8*time.Millisecond)
	if err != nil {
		return err
	}
	defer r.close()
	for _, answer := range []struct {
		name   string
		tokens int
		stream bool
	}{{"chat", 200, false}, {"chat_stream", 100, true}} {
		measured := func(name, alias string) subject {
			return subject{answer.name + name, r.gateway.pid(), chat(r.proxy, alias, answer.tokens, answer.stream)}
		}
		if err := compare(ctx, figures, measured("_passthrough", toOpenAI), measured("_to_anthropic", toAnthropic),
			measured("_to_gemini", toGemini), measured("_to_ollama", toOllama)); err != nil {
			return err
		}
	}
	return nil
}
