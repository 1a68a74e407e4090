package openai

import (
	"encoding/base64"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// Parts of a message for an upstream.
type (
	outgoingText struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	outgoingThinking struct {
		Type     string         `json:"type"`
		Thinking []outgoingText `json:"thinking"`
	}
	outgoingImage struct {
		Type  string      `json:"type"`
		Image outgoingURL `json:"image_url"`
	}
	outgoingVideo struct {
		Type  string      `json:"type"`
		Video outgoingURL `json:"video_url"`
	}
	outgoingURL struct {
		URL    string `json:"url"`
		Detail string `json:"detail,omitempty"`
	}
	outgoingAudio struct {
		Type  string `json:"type"`
		Input struct {
			Data   string `json:"data"`
			Format string `json:"format"`
		} `json:"input_audio"`
	}
	outgoingFile struct {
		Type string `json:"type"`
		File struct {
			Name string `json:"filename"`
			Data string `json:"file_data"`
		} `json:"file"`
	}
)

// content is one text where there is nothing else, because not every upstream reads lists; nil where there is nothing.
func (e *encoder) content(parts []chat.Part) (any, error) {
	list := make([]any, 0, len(parts))
	only := true
	for i := range parts {
		part, err := e.part(&parts[i])
		if err != nil {
			return nil, err
		}
		if part == nil {
			continue
		}
		_, isText := part.(outgoingText)
		list, only = append(list, part), only && isText
	}
	switch {
	case len(list) == 0:
		return nil, nil
	case only && (len(list) == 1 || e.dialect == DialectCompatible):
		return joined(list), nil
	}
	return list, nil
}

// part is one part of a content, nil for one that has its place elsewhere or nowhere.
func (e *encoder) part(p *chat.Part) (any, error) {
	switch p.Kind {
	case chat.KindText:
		return outgoingText{"text", p.Text}, nil
	case chat.KindMedia:
		return e.media(p.Media)
	case chat.KindThinking:
		if e.dialect == DialectCompatible && p.Signature.For(chat.OriginCompatible) == markParts {
			return outgoingThinking{"thinking", []outgoingText{{"text", p.Text}}}, nil
		}
	}
	return nil, nil
}

func joined(list []any) string {
	texts := make([]string, 0, len(list))
	for _, p := range list {
		if t, ok := p.(outgoingText); ok {
			texts = append(texts, t.Text)
		}
	}
	return strings.Join(texts, "\n")
}

// where names the field of an error about media: the neutral form does not know more.
const where = "messages"

// media translates something that is not text. Files of a provider are nobody else's, and OpenAI itself takes no video, and audio
// and documents only with the request.
// Sources: https://platform.openai.com/docs/guides/images-vision, https://platform.openai.com/docs/guides/pdf-files,
// https://openrouter.ai/docs/features/multimodal/overview
func (e *encoder) media(m *chat.Media) (any, error) {
	switch {
	case m.FileID != "":
		return nil, fault.Unsupported(where, "a file that another provider keeps cannot be sent to it; send its content instead")
	case m.Kind == chat.MediaImage:
		return outgoingImage{"image_url", outgoingURL{address(m, "image/png"), m.Detail}}, nil
	case m.Kind == chat.MediaAudio:
		return audioPart(m)
	case m.Kind == chat.MediaVideo && e.dialect == DialectCompatible:
		return outgoingVideo{"video_url", outgoingURL{URL: address(m, "video/mp4")}}, nil
	case m.Kind == chat.MediaVideo:
		return nil, fault.Unsupported(where, "it takes no video")
	}
	return e.document(m)
}

// address is the URL of media, or a data URL that holds it.
func address(m *chat.Media, otherwise string) string {
	if m.Data == "" {
		return m.URL
	}
	mediaType := m.Type
	if mediaType == "" {
		mediaType = otherwise
	}
	return "data:" + mediaType + ";base64," + m.Data
}

func audioPart(m *chat.Media) (any, error) {
	if m.Data == "" {
		return nil, fault.Unsupported(where, "it takes audio only as data, not at a URL")
	}
	part := outgoingAudio{Type: "input_audio"}
	part.Input.Data = m.Data
	part.Input.Format = strings.TrimPrefix(strings.TrimPrefix(m.Type, "audio/"), "x-")
	switch part.Input.Format {
	case "mpeg", "":
		part.Input.Format = "mp3"
	case "wave", "vnd.wave":
		part.Input.Format = "wav"
	}
	return part, nil
}

// document translates a document. One that is text goes as text: OpenAI reads nothing but PDF.
func (e *encoder) document(m *chat.Media) (any, error) {
	if strings.HasPrefix(m.Type, "text/") && m.Data != "" {
		content, err := base64.StdEncoding.DecodeString(m.Data)
		if err != nil {
			return nil, fault.Invalid(fault.CodeInvalidValue, where, "A document in '%s' is not valid base64.", where)
		}
		return outgoingText{"text", string(content)}, nil
	}
	if m.Data == "" && e.dialect != DialectCompatible {
		return nil, fault.Unsupported(where, "it takes documents only as data, not at a URL")
	}
	part := outgoingFile{Type: "file"}
	part.File.Name, part.File.Data = m.Name, address(m, "application/pdf")
	if m.Name == "" {
		part.File.Name = "document.pdf"
	}
	return part, nil
}
