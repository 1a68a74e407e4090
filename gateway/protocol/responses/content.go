package responses

import (
	"mime"
	"path"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// parts reads the content of a message or of a tool's output: one text, or a list.
func (d *decoder) parts(o *fields.Object, name string) []chat.Part {
	if o.First(name) == '"' {
		return []chat.Part{chat.Text(o.Text(name))}
	}
	list := o.Objects(name)
	parts := make([]chat.Part, 0, len(list))
	for _, content := range list {
		if part := d.part(content); part.Kind != 0 {
			parts = append(parts, part)
		}
		d.lose(content)
	}
	return parts
}

// part reads one piece of content. A refusal is a text of the model.
func (d *decoder) part(o *fields.Object) chat.Part {
	part := chat.Part{Kind: chat.KindMedia, CacheControl: o.Raw("cache_control")}
	switch o.Text("type") {
	case "input_text", "output_text", "text":
		o.Drop("annotations", "logprobs")
		part.Kind, part.Text = chat.KindText, o.Text("text")
	case "refusal":
		part.Kind, part.Text = chat.KindText, o.Text("refusal")
	case "input_image":
		part.Media = image(o)
	case "input_file":
		part.Media = file(o)
	case "input_audio":
		part.Media = audio(o)
	default:
		o.Invalid("type", "must be 'input_text', 'output_text', 'refusal', 'input_image', 'input_file' or 'input_audio'.")
		return chat.Part{}
	}
	return part
}

// image reads an image.
// Source: https://platform.openai.com/docs/guides/images-vision
func image(o *fields.Object) *chat.Media {
	m := &chat.Media{Kind: chat.MediaImage, FileID: o.Text("file_id"), Detail: o.Text("detail")}
	if m.FileID == "" && !o.Has("image_url") {
		o.Missing("image_url")
	}
	located(o, "image_url", m)
	return m
}

// file reads a document. Its data is a data URL; some clients leave out what comes before the base64, and then its name tells the
// media type.
// Source: https://platform.openai.com/docs/guides/pdf-files
func file(o *fields.Object) *chat.Media {
	m := &chat.Media{Kind: chat.MediaDocument, FileID: o.Text("file_id"), Name: o.Text("filename"), Detail: o.Text("detail")}
	if !o.Has("file_data") {
		if m.FileID == "" && !o.Has("file_url") {
			o.Missing("file_data")
		}
		located(o, "file_url", m)
		return m
	}
	located(o, "file_data", m)
	if m.URL != "" {
		m.Type, _, _ = strings.Cut(mime.TypeByExtension(path.Ext(m.Name)), ";")
		m.Data, m.URL = m.URL, ""
	}
	return m
}

// audio reads a recording.
// Source: https://platform.openai.com/docs/guides/audio
func audio(o *fields.Object) *chat.Media {
	m := &chat.Media{Kind: chat.MediaAudio}
	in := o.Object("input_audio")
	if in == nil {
		o.Missing("input_audio")
		return m
	}
	m.Data = in.Text("data")
	if format := in.Text("format"); format == "mp3" {
		m.Type = "audio/mpeg"
	} else {
		m.Type = "audio/" + format
	}
	return m
}

// located reads where media is: in a data URL, or elsewhere.
func located(o *fields.Object, name string, m *chat.Media) {
	url := o.Text(name)
	head, data, found := strings.Cut(url, ",")
	if !found || len(head) < len("data:") || !strings.EqualFold(head[:len("data:")], "data:") {
		m.URL = url
		return
	}
	kind, isBase64 := strings.CutSuffix(head[len("data:"):], ";base64")
	if !isBase64 {
		o.Invalid(name, "must be base64 where it is a data URL.")
	}
	m.Type, _, _ = strings.Cut(kind, ";")
	m.Data = data
}
