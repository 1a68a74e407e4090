package ollama

import (
	"io"

	"github.com/fairlead-dev/fairlead/gateway/openai"
	"github.com/fairlead-dev/fairlead/gateway/provider/legacy"
)

// Stream translates a streamed answer. Ollama sends each call of a tool whole.
func (d *chatDecoder) Stream(dst openai.EventWriter, src io.Reader) (provider.Usage, error) {
	last, err := d.stream(src, func(a answer) error { return d.line(dst, a) })
	if err != nil {
		return last.usage(), err
	}
	reason := last.finish(d.calls > 0)
	if err := d.send(dst, openai.DeltaChoice{FinishReason: &reason}); err != nil {
		return last.usage(), err
	}
	if d.req.IncludeUsage {
		chunk := d.chunk()
		chunk.Usage = last.wireUsage()
		err = dst.WriteEvent(openai.Marshal(chunk))
	}
	return last.usage(), err
}

// line translates one line, which may hold thinking and content at once. Each gets a chunk of its own, because clients take a
// chunk to be one or the other; what is long gets several.
func (d *chatDecoder) line(dst openai.EventWriter, a answer) error {
	for part := range openai.Deltas(a.Message.Thinking) {
		if err := d.send(dst, openai.DeltaChoice{Delta: openai.Delta{Reasoning: openai.Thought(part)}}); err != nil {
			return err
		}
	}
	logprobs := a.logprobs()
	for part := range openai.Deltas(a.Message.Content) {
		if err := d.send(dst, openai.DeltaChoice{Delta: openai.Delta{Content: &part}, Logprobs: logprobs}); err != nil {
			return err
		}
		logprobs = nil
	}
	for _, c := range a.Message.ToolCalls {
		if err := d.sendCall(dst, d.call(c)); err != nil {
			return err
		}
	}
	return nil
}

// sendCall sends a call of a tool: all of it, or with long arguments their beginning and then the rest by the call's index.
func (d *chatDecoder) sendCall(dst openai.EventWriter, call openai.ToolCall) error {
	for part := range openai.Deltas(call.Function.Arguments) {
		call.Function.Arguments = part
		if err := d.send(dst, openai.DeltaChoice{Delta: openai.Delta{ToolCalls: []openai.ToolCall{call}}}); err != nil {
			return err
		}
		call = openai.ToolCall{Index: call.Index}
	}
	return nil
}

// send sends one chunk. The first names the role: without it LangChain drops calls of tools, and OpenAI's helpers fail.
func (d *chatDecoder) send(dst openai.EventWriter, choice openai.DeltaChoice) error {
	if !d.begun {
		d.begun = true
		choice.Delta.Role = "assistant"
		if choice.Delta.Content == nil {
			choice.Delta.Content = new(string)
		}
	}
	return dst.WriteEvent(openai.Marshal(d.chunk(choice)))
}

func (d *chatDecoder) chunk(choices ...openai.DeltaChoice) openai.ChatChunk {
	return openai.ChatChunk{
		ID: "chatcmpl-" + d.id, Object: openai.ObjectChatChunk, Created: d.created, Model: d.req.Model,
		Choices: append([]openai.DeltaChoice{}, choices...),
	}
}
