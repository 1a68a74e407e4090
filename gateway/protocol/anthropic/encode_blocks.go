package anthropic

import (
	"encoding/base64"
	"slices"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// blocksOf are the blocks that parts are. Text of nothing but white space has none, because Anthropic refuses it, and neither has
// thinking without a signature of Anthropic's: it proves nothing there, and the text of thoughts is no part of an answer.
func blocksOf(parts []chat.Part) ([]block, error) {
	of := make([]block, 0, len(parts))
	for i := range parts {
		b, err := newBlock(&parts[i])
		if err != nil {
			return nil, err
		}
		if b.Type != "" {
			of = append(of, b)
		}
	}
	return of, nil
}

// newBlock is the block that a part is, without a type where it is none.
func newBlock(p *chat.Part) (block, error) {
	signature := p.Signature.For(chat.OriginAnthropic)
	switch p.Kind {
	case chat.KindText:
		if blank(p.Text) {
			return block{}, nil
		}
		return block{Type: blockText, Text: p.Text, CacheControl: p.CacheControl}, nil
	case chat.KindMedia:
		b, err := mediaBlock(p.Media)
		b.CacheControl = p.CacheControl
		return b, err
	case chat.KindThinking:
		if signature == "" {
			return block{}, nil
		}
		return block{Type: blockThinking, Thinking: &p.Text, Signature: &signature}, nil
	case chat.KindRedacted:
		if signature == "" {
			return block{}, nil
		}
		return block{Type: blockRedacted, Data: signature}, nil
	case chat.KindToolCall:
		c := p.ToolCall
		return block{
			Type: blockToolUse, ID: portable(c.ID), Name: c.Name, Input: object(c.Arguments), CacheControl: p.CacheControl,
		}, nil
	case chat.KindToolResult:
		return resultBlock(p)
	}
	return block{}, nil
}

func resultBlock(p *chat.Part) (block, error) {
	r := p.ToolResult
	content, err := blocksOf(r.Parts)
	return block{
		Type: blockToolResult, ToolUseID: portable(r.ID), Content: content, IsError: r.Failed, CacheControl: p.CacheControl,
	}, err
}

// Media types.
const (
	typePDF  = "application/pdf"
	typeText = "text/plain"
)

// mediaBlock writes an image or a document. Nothing else can be shown to these models, and a file that another provider has cannot
// be either.
func mediaBlock(m *chat.Media) (block, error) {
	switch {
	case m.FileID != "":
		return block{}, unshowable("a file id means nothing to this provider: send the file itself")
	case m.Kind == chat.MediaImage:
		return imageBlock(m)
	case m.Kind == chat.MediaDocument:
		return documentBlock(m)
	}
	return block{}, unshowable("the model takes text, images and documents, and no " + m.Kind)
}

// imageBlock writes an image.
// Source: https://platform.claude.com/docs/en/build-with-claude/vision
func imageBlock(m *chat.Media) (block, error) {
	if m.URL != "" {
		return block{Type: blockImage, Source: &source{Type: "url", URL: m.URL}}, nil
	}
	kind := m.Type
	if kind == "image/jpg" {
		kind = "image/jpeg"
	}
	if !slices.Contains([]string{"image/jpeg", "image/png", "image/gif", "image/webp"}, kind) {
		return block{}, unshowable("images must be of the type image/jpeg, image/png, image/gif or image/webp")
	}
	return block{Type: blockImage, Source: &source{Type: "base64", MediaType: kind, Data: m.Data}}, nil
}

// documentBlock writes a PDF or a plain text.
// Source: https://platform.claude.com/docs/en/build-with-claude/pdf-support
func documentBlock(m *chat.Media) (block, error) {
	b := block{Type: blockDocument, Title: m.Name}
	switch {
	case m.URL != "":
		b.Source = &source{Type: "url", URL: m.URL}
	case m.Type == typePDF:
		b.Source = &source{Type: "base64", MediaType: typePDF, Data: m.Data}
	case m.Type == typeText:
		text, err := base64.StdEncoding.DecodeString(m.Data)
		if err != nil {
			return block{}, unshowable("a document holds no valid base64")
		}
		b.Source = &source{Type: "text", MediaType: typeText, Data: string(text)}
	default:
		return block{}, unshowable("documents must be of the type application/pdf or text/plain")
	}
	return b, nil
}

func unshowable(why string) error {
	return fault.Invalid(fault.CodeUnsupported, "messages", "The messages hold something that cannot be given to this model: %s.", why)
}
