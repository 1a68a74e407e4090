package openai

import (
	"mime"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// content reads a text, or a list of parts.
func (c *conversation) content(o *fields.Object, name string) []chat.Part {
	if o.First(name) == '"' {
		return []chat.Part{chat.Text(o.Text(name))}
	}
	if first := o.First(name); first != '[' && o.Has(name) {
		o.WrongType(name, "a string or an array of parts")
		return nil
	}
	given := o.Objects(name)
	parts := make([]chat.Part, 0, len(given))
	for _, p := range given {
		parts = append(parts, c.part(p))
	}
	return parts
}

// part reads one part. video_url is vLLM's and OpenRouter's, thinking is Mistral's.
// Sources: https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages,
// https://openrouter.ai/docs/features/multimodal/videos, https://docs.mistral.ai/capabilities/reasoning/
func (c *conversation) part(o *fields.Object) chat.Part {
	p := chat.Part{Kind: chat.KindMedia, CacheControl: o.Raw("cache_control")}
	switch kind := o.Text("type"); kind {
	case "text":
		p.Kind, p.Text = chat.KindText, o.Text("text")
		o.Drop("annotations")
	case "refusal":
		p.Kind, p.Text = chat.KindText, o.Text("refusal")
	case "image_url":
		p.Media = c.located(o, "image_url", chat.MediaImage)
	case "video_url":
		p.Media = c.located(o, "video_url", chat.MediaVideo)
	case "input_audio":
		p.Media = c.audio(o)
	case "file":
		p.Media = c.file(o)
	case "thinking":
		p.Kind, p.Text = chat.KindThinking, chat.Joined(c.content(o, "thinking"), "")
		o.Drop("closed")
	case "":
		o.Missing("type")
	default:
		o.Invalid("type", "must be text, image_url, input_audio, file or refusal.")
	}
	lose(o, c.params)
	return p
}

// located reads something that lies at a URL, data URLs among them: {"url": …}, or the URL alone.
func (c *conversation) located(o *fields.Object, name, kind string) *chat.Media {
	if o.First(name) == '"' {
		return media(o, name, o.Text(name), kind)
	}
	in := o.Object(name)
	if in == nil {
		o.Missing(name)
		return &chat.Media{Kind: kind}
	}
	url := in.Text("url")
	if url == "" {
		in.Missing("url")
	}
	m := media(in, "url", url, kind)
	m.Detail = in.Text("detail")
	lose(in, c.params)
	return m
}

// media is what a URL holds or where it points to. Nothing is fetched.
func media(o *fields.Object, name, url, kind string) *chat.Media {
	m := &chat.Media{Kind: kind}
	rest, isData := strings.CutPrefix(url, "data:")
	if !isData {
		m.URL = url
		if url != "" && !strings.Contains(url, "://") {
			o.Invalid(name, "must be a URL or a data URL.")
		}
		return m
	}
	head, data, ok := strings.Cut(rest, ",")
	head, inBase64 := strings.CutSuffix(head, ";base64")
	if !ok || !inBase64 {
		o.Invalid(name, "must be a data URL in base64.")
		return m
	}
	m.Data = data
	if m.Type, _, _ = mime.ParseMediaType(head); m.Type == "" {
		m.Type = head
	}
	return m
}

// audio reads audio, whose format is wav or mp3 at OpenAI and more elsewhere.
func (c *conversation) audio(o *fields.Object) *chat.Media {
	m := &chat.Media{Kind: chat.MediaAudio}
	in := o.Object("input_audio")
	if in == nil {
		o.Missing("input_audio")
		return m
	}
	m.Data = in.Text("data")
	switch format := in.Text("format"); {
	case m.Data == "":
		in.Missing("data")
	case format == "":
		in.Missing("format")
	case format == "mp3":
		m.Type = "audio/mpeg"
	default:
		m.Type = "audio/" + format
	}
	lose(in, c.params)
	return m
}

// file reads a document: a data URL, base64 alone, which is then taken to be a PDF, the only kind that OpenAI reads, a URL as
// OpenRouter allows it, or the id of a file that the provider has.
// Sources: https://platform.openai.com/docs/guides/pdf-files, https://openrouter.ai/docs/features/multimodal/pdfs
func (c *conversation) file(o *fields.Object) *chat.Media {
	m := &chat.Media{Kind: chat.MediaDocument}
	in := o.Object("file")
	if in == nil {
		o.Missing("file")
		return m
	}
	data, name, id := in.Text("file_data"), in.Text("filename"), in.Text("file_id")
	switch {
	case strings.HasPrefix(data, "data:") || strings.Contains(data, "://"):
		m = media(in, "file_data", data, chat.MediaDocument)
		m.Kind = kindOf(m.Type)
	case data != "":
		m.Data, m.Type = data, "application/pdf"
	case id == "":
		in.Missing("file_data")
	}
	m.Name, m.FileID = name, id
	lose(in, c.params)
	return m
}

// kindOf is the kind of media of a media type.
func kindOf(mediaType string) string {
	switch kind, _, _ := strings.Cut(mediaType, "/"); kind {
	case chat.MediaImage, chat.MediaAudio, chat.MediaVideo:
		return kind
	}
	return chat.MediaDocument
}
