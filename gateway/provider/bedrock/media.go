package bedrock

import (
	"fmt"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

// media is the block of an image, a document, a video or audio. It must be in the request itself: the gateway does not fetch what a
// client names, and Bedrock takes addresses of S3 only.
func (c *conversation) media(m *chat.Media) (block, error) {
	switch {
	case m.FileID != "":
		return block{}, unshowable("a file id means nothing to this provider: send the file itself")
	case m.Data == "":
		return block{}, unshowable("it cannot fetch a URL: send the file itself, in base64")
	}
	format := formatOf(m)
	if format == "" {
		return block{}, unshowable("there is no " + m.Kind + " of the type '" + fault.Clip(m.Type) + "' in it")
	}
	of := &media{Format: format, Source: mediaSource{Bytes: m.Data}}
	switch m.Kind {
	case chat.MediaImage:
		return block{Image: of}, nil
	case chat.MediaVideo:
		return block{Video: of}, nil
	case chat.MediaAudio:
		return block{Audio: of}, nil
	}
	of.Name = c.documentName(m.Name)
	return block{Document: of}, nil
}

func unshowable(why string) error {
	return fault.Invalid(fault.CodeUnsupported, "messages", "The messages hold something that cannot be given to a model of Bedrock: %s.", why)
}

// formatOf is Converse's word for a media type, empty where it has none.
// Source: the enumerations ImageFormat, DocumentFormat, VideoFormat and AudioFormat of the service model
func formatOf(m *chat.Media) string {
	kind, _, _ := strings.Cut(strings.ToLower(m.Type), ";")
	switch m.Kind {
	case chat.MediaImage:
		return imageFormat(kind)
	case chat.MediaDocument:
		return documentFormat(kind)
	case chat.MediaVideo:
		return videoFormat(kind)
	case chat.MediaAudio:
		return audioFormat(kind)
	}
	return ""
}

func imageFormat(kind string) string {
	switch kind {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return strings.TrimPrefix(kind, "image/")
	case "image/jpg":
		return "jpeg"
	}
	return ""
}

func documentFormat(kind string) string {
	switch kind {
	case "application/pdf":
		return "pdf"
	case "text/csv":
		return "csv"
	case "application/msword":
		return "doc"
	case "application/vnd.openxmlformats-officedocument.wordprocessingml.document":
		return "docx"
	case "application/vnd.ms-excel":
		return "xls"
	case "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
		return "xlsx"
	case "text/html":
		return "html"
	case "text/markdown":
		return "md"
	case "text/plain":
		return "txt"
	}
	return ""
}

func videoFormat(kind string) string {
	switch kind {
	case "video/mp4", "video/webm", "video/mpeg":
		return strings.TrimPrefix(kind, "video/")
	case "video/quicktime":
		return "mov"
	case "video/x-matroska":
		return "mkv"
	case "video/x-flv":
		return "flv"
	case "video/x-ms-wmv":
		return "wmv"
	case "video/3gpp":
		return "three_gp"
	}
	return ""
}

func audioFormat(kind string) string {
	switch kind {
	case "audio/mpeg", "audio/mp3":
		return "mp3"
	case "audio/wav", "audio/x-wav", "audio/wave":
		return "wav"
	case "audio/aac", "audio/flac", "audio/ogg", "audio/opus", "audio/webm", "audio/mp4":
		return strings.TrimPrefix(kind, "audio/")
	}
	return ""
}

// documentName makes a name of letters, digits, spaces, hyphens and brackets, as Converse wants it, that no other document of the
// request has. The model sees it.
// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
func (c *conversation) documentName(name string) string {
	base := strings.Join(strings.FieldsFunc(name, unnamable), "-")
	base = strings.Join(strings.Fields(base), " ")
	if base == "" {
		base = "document"
	}
	base = base[:min(len(base), 180)]
	name = base
	for c.documents[name] > 0 {
		c.documents[base]++
		name = fmt.Sprintf("%s (%d)", base, c.documents[base])
	}
	c.documents[name] = 1
	return name
}

func unnamable(r rune) bool { return unusual(r) && !strings.ContainsRune(" ()[]", r) || r == '_' }
