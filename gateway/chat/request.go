package chat

import "encoding/json"

// Request is what a client asks of a model. It is read by several targets in turn and never changed once it was decoded.
type Request struct {
	// Model is the name that the client used, which its answer repeats. The upstream's own name is not here.
	Model string
	// Prompt is set, and Messages are empty, where a client wants a text to be continued. See Conversation.
	Prompt *Prompt
	// Messages of the conversation, in order.
	Messages []Message
	// Tools that the model may call.
	Tools []Tool
	// ToolChoice is nil where the client did not say.
	ToolChoice *ToolChoice
	// Format that the answer must have; nil for text.
	Format *Format
	// Reasoning says how much the model shall think; nil where the client did not say.
	Reasoning *Reasoning
	// Params are all other parameters.
	Params Params
	// Stream says that the client wants events, and IncludeUsage that one of them shall tell the usage, where its protocol leaves
	// that choice.
	Stream, IncludeUsage bool
	// Own is what the client's protocol remembers of the request until it writes the answer. Nobody else looks into it.
	Own any `json:"-"`
	// Origin is the kind of provider whose protocol the client spoke, or empty. What only that kind knows, no decoder here knows, and
	// it survives on the way to such a provider that is spoken to in other words: Claude on Bedrock.
	Origin Origin `json:"-"`
}

// Prompt is a text to be continued, as OpenAI's legacy completions and Ollama's generate know it.
type Prompt struct {
	// Text to be continued, and Suffix to come after what the model writes.
	Text, Suffix string
	// System is an instruction beside the text.
	System string
	// Images that belong to the text.
	Images []Media
}

// Role of a message.
type Role string

// Roles. OpenAI's developer role is RoleSystem.
const (
	RoleSystem    Role = "system"
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
	// RoleTool is for the results of tools: all parts of such a message are ToolResults.
	RoleTool Role = "tool"
)

// Message is one turn, or a part of one: neighbours of the same role belong together.
type Message struct {
	Role  Role
	Parts []Part
	// Name of the participant, or empty.
	Name string
}

// Conversation is what the messages are, or what they would be for an upstream that knows no prompts: the system instruction and
// one message of the user. The suffix has no place in it.
func (r *Request) Conversation() []Message {
	if r.Prompt == nil {
		return r.Messages
	}
	user := Message{Role: RoleUser, Parts: []Part{Text(r.Prompt.Text)}}
	for i := range r.Prompt.Images {
		user.Parts = append(user.Parts, Part{Kind: KindMedia, Media: &r.Prompt.Images[i]})
	}
	if r.Prompt.System == "" {
		return []Message{user}
	}
	return []Message{{Role: RoleSystem, Parts: []Part{Text(r.Prompt.System)}}, user}
}

// Tool is something that the model may call.
type Tool struct {
	// Type is "function", or the client protocol's own word for a tool that its provider runs by itself, such as web_search. Only
	// functions can be translated; an encoder loses the others by name.
	Type        string
	Name        string
	Description string
	// Parameters is the JSON Schema of the arguments, an object; nil where there are none.
	Parameters json.RawMessage
	// Strict says whether the model is held to the schema; nil where the client did not say.
	Strict *bool
	// CacheControl is the marker of Anthropic's protocol, or nil.
	CacheControl json.RawMessage
	// At is where the client's request has the tool, such as `tools[0]`, for messages.
	At string
}

// TypeFunction is the type of tools that a client runs.
const TypeFunction = "function"

// Modes of a ToolChoice.
const (
	ToolChoiceAuto     = "auto"
	ToolChoiceNone     = "none"
	ToolChoiceRequired = "required"
	// ToolChoiceNamed means the tool that Name says.
	ToolChoiceNamed = "named"
)

// ToolChoice says whether the model may or must call tools.
type ToolChoice struct {
	Mode string
	Name string
	// Allowed are the only tools that may be called; all where it is empty.
	Allowed []string
}

// Kinds of a Format.
const (
	FormatJSONObject = "json_object"
	FormatJSONSchema = "json_schema"
)

// Format is structured output.
type Format struct {
	// Kind is FormatJSONObject or FormatJSONSchema.
	Kind string
	// Name and Description of the schema, or empty.
	Name, Description string
	// Schema is a JSON Schema, an object; nil for FormatJSONObject.
	Schema json.RawMessage
	// Strict says whether the model is held to the schema; nil where the client did not say.
	Strict *bool
}

// Reasoning says how much the model shall think.
type Reasoning struct {
	// Off means: not at all. Effort and BudgetTokens are then zero.
	Off bool
	// Effort is minimal, low, medium, high, xhigh or max; empty leaves it to the model.
	Effort string
	// BudgetTokens bounds the thinking in tokens; 0 where the client did not say.
	BudgetTokens int64
	// Show says whether the client wants to see the thoughts; nil where it did not say.
	Show *bool
}
