package gemini

import "github.com/fairlead-dev/fairlead/gateway/chat"

// Answer writes a GenerateContentResponse.
func (Generate) Answer(req *chat.Request, a *chat.Answer) []byte {
	b := append(make([]byte, 0, 1<<10), `{"candidates":[`...)
	for i := range a.Choices {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendChoice(b, &a.Choices[i], i)
	}
	b = appendUsage(append(b, ']'), a.Usage)
	b = member(b, "modelVersion", req.Model)
	return append(member(b, "responseId", a.ID), '}')
}

func appendChoice(b []byte, c *chat.Choice, index int) []byte {
	b = openCandidate(b)
	first, finish := len(b), finishReason(c.Finish.Reason)
	for i := range c.Parts {
		from := len(b)
		if from > first {
			b = append(b, ',')
		}
		out, ok := appendPart(b, &c.Parts[i])
		if !ok {
			out, finish = b[:from], finishMalformed
		}
		b = out
	}
	if len(b) == first {
		b = appendText(b, "", false, "")
	}
	b = closeCandidate(b, index, finish)
	return append(appendLogprobs(b, c.Logprobs), '}')
}

// appendPart appends a part of an answer. ok is false for a call whose arguments the model got wrong.
func appendPart(b []byte, p *chat.Part) (out []byte, ok bool) {
	switch p.Kind {
	case chat.KindToolCall:
		return appendCall(b, p.ToolCall.ID, p.ToolCall.Name, p.ToolCall.Arguments, p.Signature)
	case chat.KindRedacted:
		return appendText(b, "", true, marked(p.Signature, true)), true
	}
	return appendText(b, p.Text, p.Kind == chat.KindThinking, marked(p.Signature, false)), true
}
