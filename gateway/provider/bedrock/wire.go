package bedrock

import "encoding/json"

// Roles of messages.
const (
	roleUser      = "user"
	roleAssistant = "assistant"
)

// request is the body of Converse and ConverseStream.
type request struct {
	Messages []turn  `json:"messages"`
	System   []block `json:"system,omitempty"`
	settings
}

// settings are all of a request but the conversation.
type settings struct {
	InferenceConfig                   *inferenceConfig           `json:"inferenceConfig,omitempty"`
	ToolConfig                        *toolConfig                `json:"toolConfig,omitempty"`
	OutputConfig                      *outputConfig              `json:"outputConfig,omitempty"`
	ServiceTier                       *serviceTier               `json:"serviceTier,omitempty"`
	AdditionalModelRequestFields      map[string]json.RawMessage `json:"additionalModelRequestFields,omitempty"`
	AdditionalModelResponseFieldPaths []string                   `json:"additionalModelResponseFieldPaths,omitempty"`
}

// turn is one message.
type turn struct {
	Role    string  `json:"role"`
	Content []block `json:"content"`
}

// block is a piece of a message, of a system prompt or of the result of a tool. One of its members is set.
type block struct {
	Text             string            `json:"text,omitempty"`
	Image            *media            `json:"image,omitempty"`
	Document         *media            `json:"document,omitempty"`
	Video            *media            `json:"video,omitempty"`
	Audio            *media            `json:"audio,omitempty"`
	ToolUse          *toolUse          `json:"toolUse,omitempty"`
	ToolResult       *toolResult       `json:"toolResult,omitempty"`
	ReasoningContent *reasoningContent `json:"reasoningContent,omitempty"`
	CachePoint       *cachePoint       `json:"cachePoint,omitempty"`
}

type media struct {
	Format string      `json:"format"`
	Name   string      `json:"name,omitempty"`
	Source mediaSource `json:"source"`
}

// mediaSource holds standard base64.
type mediaSource struct {
	Bytes string `json:"bytes"`
}

type toolUse struct {
	ToolUseID string          `json:"toolUseId"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
}

type toolResult struct {
	ToolUseID string  `json:"toolUseId"`
	Content   []block `json:"content"`
	Status    string  `json:"status,omitempty"`
}

// reasoningContent is a thought, or one that only its provider can read, in base64.
type reasoningContent struct {
	ReasoningText   *reasoningText `json:"reasoningText,omitempty"`
	RedactedContent string         `json:"redactedContent,omitempty"`
}

type reasoningText struct {
	Text      string `json:"text"`
	Signature string `json:"signature,omitempty"`
}

// cachePoint ends what is to be kept in the prompt cache.
type cachePoint struct {
	Type string `json:"type"`
	TTL  string `json:"ttl,omitempty"`
}

type inferenceConfig struct {
	MaxTokens     json.RawMessage `json:"maxTokens,omitempty"`
	Temperature   json.RawMessage `json:"temperature,omitempty"`
	TopP          json.RawMessage `json:"topP,omitempty"`
	StopSequences json.RawMessage `json:"stopSequences,omitempty"`
}

type toolConfig struct {
	Tools      []tool      `json:"tools"`
	ToolChoice *toolChoice `json:"toolChoice,omitempty"`
}

// tool is a tool, or the end of the tools that are to be kept in the prompt cache.
type tool struct {
	ToolSpec   *toolSpec   `json:"toolSpec,omitempty"`
	CachePoint *cachePoint `json:"cachePoint,omitempty"`
}

type toolSpec struct {
	Name        string      `json:"name"`
	Description string      `json:"description,omitempty"`
	InputSchema inputSchema `json:"inputSchema"`
	Strict      bool        `json:"strict,omitempty"`
}

type inputSchema struct {
	JSON json.RawMessage `json:"json"`
}

// toolChoice has one member. There is none for no tool at all.
type toolChoice struct {
	Auto *struct{}  `json:"auto,omitempty"`
	Any  *struct{}  `json:"any,omitempty"`
	Tool *namedTool `json:"tool,omitempty"`
}

type namedTool struct {
	Name string `json:"name"`
}

type outputConfig struct {
	Effort     string      `json:"effort,omitempty"`
	TextFormat *textFormat `json:"textFormat,omitempty"`
}

type textFormat struct {
	Type      string          `json:"type"`
	Structure formatStructure `json:"structure"`
}

type formatStructure struct {
	JSONSchema jsonSchema `json:"jsonSchema"`
}

// jsonSchema has its schema as text.
type jsonSchema struct {
	Schema      string `json:"schema"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
}

type serviceTier struct {
	Type string `json:"type"`
}
