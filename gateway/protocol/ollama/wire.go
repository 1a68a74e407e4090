package ollama

import "encoding/json"

// Paths of the operations that are translated.
const (
	PathChat       = "/api/chat"
	PathGenerate   = "/api/generate"
	PathEmbed      = "/api/embed"
	PathEmbeddings = "/api/embeddings"
)

// Reasons why an answer is done.
const (
	doneStop   = "stop"
	doneLength = "length"
	doneLoad   = "load"
	doneUnload = "unload"
)

const roleAssistant = "assistant"

// message is one message of a conversation, in a request as well as in an answer.
type message struct {
	Role       string     `json:"role"`
	Content    string     `json:"content"`
	Thinking   string     `json:"thinking,omitempty"`
	Images     []string   `json:"images,omitempty"`
	ToolCalls  []toolCall `json:"tool_calls,omitempty"`
	ToolName   string     `json:"tool_name,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`
}

type toolCall struct {
	ID       string         `json:"id,omitempty"`
	Function calledFunction `json:"function"`
}

type calledFunction struct {
	Index     int             `json:"index"`
	Name      string          `json:"name"`
	Arguments json.RawMessage `json:"arguments"`
}

// tool is a function that the model may call.
type tool struct {
	Type     string   `json:"type"`
	Function function `json:"function"`
}

type function struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
}
