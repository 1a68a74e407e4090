package openai

import (
	"encoding/json"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/jsonwrite"
)

// answer is a whole answer.
type answer struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index        int       `json:"index"`
	Message      message   `json:"message"`
	Logprobs     *logprobs `json:"logprobs"`
	FinishReason string    `json:"finish_reason"`
}

// message is what the model said. Content is null where it only called tools. The thoughts have the two names that clients look
// for, DeepSeek's and OpenRouter's.
type message struct {
	Role             string        `json:"role"`
	Content          *string       `json:"content"`
	Refusal          *string       `json:"refusal"`
	ReasoningContent string        `json:"reasoning_content,omitempty"`
	Reasoning        string        `json:"reasoning,omitempty"`
	ReasoningDetails []detail      `json:"reasoning_details,omitempty"`
	FunctionCall     *function     `json:"function_call,omitempty"`
	ToolCalls        []toolCall    `json:"tool_calls,omitempty"`
	ExtraContent     *extraContent `json:"extra_content,omitempty"`
}

// toolCall is one call of a tool.
type toolCall struct {
	ID           string        `json:"id"`
	Type         string        `json:"type"`
	Function     function      `json:"function"`
	ExtraContent *extraContent `json:"extra_content,omitempty"`
}

// function is what a call names, and its arguments: a JSON object as text.
type function struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// extraContent is where Google's endpoint of this protocol keeps signatures. Clients get them with their origin, because OpenAI
// itself refuses a message with such a member: a request that has one must not pass untouched.
// Source: https://ai.google.dev/gemini-api/docs/thought-signatures
type extraContent struct {
	Google struct {
		ThoughtSignature string `json:"thought_signature"`
	} `json:"google"`
}

// newExtraContent holds a signature, nil where there is none.
func newExtraContent(signature string) *extraContent {
	if signature == "" {
		return nil
	}
	e := &extraContent{}
	e.Google.ThoughtSignature = signature
	return e
}

// carried is a signature of Google's as a client carries it, empty for all others.
func carried(s chat.Signature) string {
	if s.Origin != chat.OriginGoogle {
		return ""
	}
	return s.Mark("")
}

// logprobs are the log probabilities of the tokens, as the upstream wrote them.
type logprobs struct {
	Content []json.RawMessage `json:"content"`
	Refusal *string           `json:"refusal"`
}

// finishFunction is why an answer ended that called a function.
const finishFunction = "function_call"

// Answer writes a whole answer.
func (c Chat) Answer(req *chat.Request, a *chat.Answer) []byte {
	doc := answer{
		ID: c.mint.name("chatcmpl-", a.ID), Object: "chat.completion", Created: c.mint.created(a.Created), Model: req.Model,
		Choices: make([]choice, len(a.Choices)), Usage: newUsage(a.Usage),
	}
	for i := range a.Choices {
		doc.Choices[i] = newChoice(req, i, &a.Choices[i])
	}
	return jsonwrite.Must(doc)
}

func newChoice(req *chat.Request, index int, from *chat.Choice) choice {
	c := choice{Index: index, Message: message{Role: "assistant"}, FinishReason: finishReason(req, from.Finish)}
	if from.Logprobs != nil {
		c.Logprobs = &logprobs{Content: from.Logprobs}
	}
	for i := range from.Parts {
		switch p := &from.Parts[i]; p.Kind {
		case chat.KindText:
			if e := newExtraContent(carried(p.Signature)); e != nil {
				c.Message.ExtraContent = e
			}
		case chat.KindToolCall:
			c.Message.ToolCalls = append(c.Message.ToolCalls, newToolCall(p))
		}
	}
	if said := chat.Joined(from.Parts, ""); said != "" || len(c.Message.ToolCalls) == 0 {
		c.Message.Content = &said
	}
	if len(c.Message.ToolCalls) > 0 && onlyFunctions(req) {
		c.Message.FunctionCall, c.Message.ToolCalls = &c.Message.ToolCalls[0].Function, nil
	}
	if !hidden(req) {
		think(&c.Message, from.Parts)
	}
	return c
}

func newToolCall(p *chat.Part) toolCall {
	return toolCall{
		ID: chat.Seal(p.ToolCall.ID, p.Signature), Type: chat.TypeFunction, ExtraContent: newExtraContent(carried(p.Signature)),
		Function: function{Name: p.ToolCall.Name, Arguments: string(p.ToolCall.Arguments)},
	}
}

func finishReason(req *chat.Request, f chat.Finish) string {
	if f.Reason == chat.FinishToolCalls && onlyFunctions(req) {
		return finishFunction
	}
	return string(f.Reason)
}
