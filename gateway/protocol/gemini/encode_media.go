package gemini

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
)

// media translates an image, audio, a video or a document.
// Source: https://ai.google.dev/gemini-api/docs/file-input-methods
func (e *encoder) media(m *chat.Media, at string) part {
	if m.Detail != "" && m.Detail != "auto" {
		e.ledger.Lose(at + ".detail")
	}
	switch {
	case m.Data != "":
		return part{InlineData: &blob{MIMEType: typeOf(m, ""), Data: m.Data}}
	case m.URL != "":
		return part{FileData: &fileData{MIMEType: e.fileType(m), FileURI: m.URL}}
	case googles(m.FileID) && strings.Contains(m.FileID, "://"):
		return part{FileData: &fileData{MIMEType: m.Type, FileURI: m.FileID}}
	}
	e.fail(at, "the file is another provider's; send its content")
	return part{}
}

// fileType is the type of what a URL names. Vertex AI insists on one, the Gemini API finds it out where it is not known.
func (e *encoder) fileType(m *chat.Media) string {
	ext := ""
	if u, err := url.Parse(m.URL); err == nil {
		ext = strings.ToLower(path.Ext(u.Path))
	}
	t := typeOf(m, ext)
	if e.dialect == GoogleAI && m.Type == "" && byExtension(ext) == "" {
		return ""
	}
	return t
}

// typeOf is the media type: as it was given, by the file's name, by its first bytes, or the most usual of the kind.
func typeOf(m *chat.Media, ext string) string {
	if ext == "" {
		ext = strings.ToLower(path.Ext(m.Name))
	}
	if m.Type != "" {
		return m.Type
	}
	if t := byExtension(ext); t != "" {
		return t
	}
	if t := sniffed(m.Data); t != "" {
		return t
	}
	switch m.Kind {
	case chat.MediaImage:
		return "image/jpeg"
	case chat.MediaAudio:
		return "audio/wav"
	case chat.MediaVideo:
		return "video/mp4"
	}
	return "application/pdf"
}

// sniffed is the type of an image or a PDF by its first bytes, empty for anything else.
func sniffed(data string) string {
	const beginning = 64 // in characters of base64, a multiple of 4
	raw, err := base64.StdEncoding.DecodeString(data[:min(len(data), beginning)])
	if err != nil {
		return ""
	}
	t := http.DetectContentType(raw)
	if strings.HasPrefix(t, "image/") || t == "application/pdf" {
		return t
	}
	return ""
}

// byExtension is the type of the usual extensions among those that a Gemini takes; the system's own table differs between systems.
func byExtension(ext string) string {
	switch ext {
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".gif":
		return "image/gif"
	case ".pdf":
		return "application/pdf"
	case ".txt":
		return "text/plain"
	case ".mp3":
		return "audio/mp3"
	case ".wav":
		return "audio/wav"
	case ".mp4":
		return "video/mp4"
	}
	return ""
}
