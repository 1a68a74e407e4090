package ollama

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// content translates the content of a message: text, or parts of text and images. Ollama has one text and a list of images for
// each message, so the texts are joined by line breaks.
func content(p *params) (text string, images []string) {
	raw := p.members["content"]
	if len(raw) == 0 || raw[0] != '[' {
		var s string
		p.into("content", &s, "a string or an array of parts")
		return s, nil
	}
	var texts []string
	for _, part := range p.objects("content") {
		part.ignore("cache_control")
		switch kind := part.text("type"); kind {
		case "text":
			texts = append(texts, part.text("text"))
		case "image_url":
			images = append(images, image(part))
		default:
			part.unsupported("type", "Ollama takes parts of the types text and image_url")
		}
		part.finish()
	}
	return strings.Join(texts, "\n"), images
}

// image translates a part with an image, which must be in the request itself. The gateway does not fetch what a client names:
// that would let clients reach whatever the gateway can reach.
func image(p *params) string {
	url := imageURL(p)
	meta, data, ok := strings.Cut(strings.TrimPrefix(url, "data:"), ",")
	if !ok || !strings.HasPrefix(url, "data:") {
		p.unsupported("image_url", "images must be data URLs, as 'data:image/png;base64,…'")
		return ""
	}
	if !strings.HasPrefix(meta, "image/") || !strings.HasSuffix(meta, ";base64") {
		p.invalid("image_url", "must be an image in base64, as 'data:image/png;base64,…'.")
		return ""
	}
	if _, err := base64.StdEncoding.DecodeString(data); err != nil {
		p.invalid("image_url", "holds no valid base64.")
	}
	return data
}

// imageURL reads {"url": …}, or the URL alone as some clients write it. `detail` is a hint for the price of an image.
func imageURL(p *params) string {
	var s string
	if raw := p.members["image_url"]; len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &s) == nil {
		p.ignore("image_url")
		return s
	}
	inner := p.object("image_url")
	if inner == nil {
		return ""
	}
	inner.ignore("detail")
	s = inner.text("url")
	inner.finish()
	return s
}
