package chat

import (
	"encoding/json"
	"strings"
)

// Kind of a Part.
type Kind uint8

// Kinds of parts.
const (
	// KindText is text, in Text. A signature may belong to it.
	KindText Kind = iota + 1
	// KindMedia is an image, audio or a document, in Media.
	KindMedia
	// KindThinking is what the model thought, in Text, with the provider's Signature, which has to be given back with it.
	KindThinking
	// KindRedacted is thinking that the provider shows to nobody: all of it is in Signature.
	KindRedacted
	// KindToolCall is a call of a tool by the model, in ToolCall. A signature may belong to it.
	KindToolCall
	// KindToolResult is what a tool returned, in ToolResult.
	KindToolResult
)

// Part is a piece of a message.
type Part struct {
	Kind       Kind
	Text       string
	Media      *Media
	ToolCall   *ToolCall
	ToolResult *ToolResult
	Signature  Signature
	// CacheControl is the marker of Anthropic's protocol as the client wrote it, or nil.
	CacheControl json.RawMessage
}

// Text returns a part that is text.
func Text(s string) Part { return Part{Kind: KindText, Text: s} }

// Kinds of media.
const (
	MediaImage    = "image"
	MediaAudio    = "audio"
	MediaVideo    = "video"
	MediaDocument = "document"
)

// Media is something that is not text. Either Data or URL or FileID is set.
type Media struct {
	// Kind is one of the constants above.
	Kind string
	// Type is the media type, such as image/png; empty where it is not known, as for a URL.
	Type string
	// Data is standard base64, as all protocols carry it.
	Data string
	// URL where the provider may fetch it. The gateway never does: a client could reach what only the gateway can.
	URL string
	// FileID names a file that the provider has.
	FileID string
	// Name of the file, or empty.
	Name string
	// Detail is OpenAI's hint for the resolution of an image, or empty.
	Detail string
}

// ToolCall is a call of a tool.
type ToolCall struct {
	ID, Name string
	// Arguments is a JSON object; `{}` where there are none.
	Arguments json.RawMessage
}

// ToolResult is what a tool returned.
type ToolResult struct {
	// ID of the call, and Name of the tool, which decoders fill in where their protocol does not say it.
	ID, Name string
	// Parts are text and media.
	Parts []Part
	// Failed says that the tool did not work, where the protocol has a way to say so.
	Failed bool
}

// Joined is the text of parts, joined by sep. Other kinds are passed over.
func Joined(parts []Part, sep string) string {
	var texts []string
	for i := range parts {
		if parts[i].Kind == KindText {
			texts = append(texts, parts[i].Text)
		}
	}
	return strings.Join(texts, sep)
}

// NameResults gives each result without a name the name of the tool that its call named: some protocols have the id alone, and
// others need the name.
func NameResults(messages []Message) {
	called := map[string]string{}
	for _, m := range messages {
		for _, p := range m.Parts {
			switch {
			case p.ToolCall != nil:
				called[p.ToolCall.ID] = p.ToolCall.Name
			case p.ToolResult != nil && p.ToolResult.Name == "":
				p.ToolResult.Name = called[p.ToolResult.ID]
			}
		}
	}
}
