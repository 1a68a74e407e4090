package anthropic

import (
	"slices"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// media reads an image or a document. A document of plain text becomes text, which every provider takes.
func (d *decoder) media(b *fields.Object, kind string) []chat.Part {
	m := &chat.Media{Kind: chat.MediaImage}
	if kind == blockDocument {
		m.Kind, m.Name = chat.MediaDocument, b.Text("title")
		if !b.Is("citations", `{"enabled":false}`) {
			d.lose(b.Path("citations"))
		}
	}
	s := b.Object("source")
	if s == nil {
		b.Missing("source")
		return nil
	}
	defer d.rest(b)
	defer d.rest(s)
	switch from := s.Text("type"); {
	case from == "base64":
		m.Type, m.Data = s.Text("media_type"), d.required(s, "data")
	case from == "url":
		m.URL = d.required(s, "url")
	case from == "file":
		m.FileID = d.required(s, "file_id")
	case from == "text" && kind == blockDocument:
		s.Drop("media_type")
		return []chat.Part{chat.Text(titled(m.Name, s.Text("data")))}
	case from == "content" && kind == blockDocument:
		parts := d.content(s, "content", d.documentPart)
		if m.Name != "" {
			parts = slices.Insert(parts, 0, chat.Text(m.Name))
		}
		return parts
	default:
		s.Invalid("type", "must be base64, url or file, for documents also text or content.")
	}
	return []chat.Part{{Kind: chat.KindMedia, Media: m}}
}

func (d *decoder) required(o *fields.Object, name string) string {
	text := o.Text(name)
	if text == "" {
		o.Missing(name)
	}
	return text
}

// documentPart reads a block of a document: only such, because a document in a document in a document would be read once more for each
// level.
func (d *decoder) documentPart(b *fields.Object, kind string) []chat.Part {
	switch kind {
	case blockText:
		return d.text(b)
	case blockImage:
		return d.media(b, kind)
	}
	b.Unsupported("type", "the content of a document is text and images")
	return nil
}

// searchResult reads what the client found as the text that it is.
func (d *decoder) searchResult(b *fields.Object) []chat.Part {
	title, from := b.Text("title"), b.Text("source")
	texts := d.content(b, "content", d.foundPart)
	if !b.Is("citations", `{"enabled":false}`) {
		d.lose(b.Path("citations"))
	}
	return d.done(b, chat.Text(titled(title, titled(from, chat.Joined(texts, "\n")))))
}

func (d *decoder) foundPart(b *fields.Object, kind string) []chat.Part {
	if kind != blockText {
		b.Unsupported("type", "a search result is text")
		return nil
	}
	return d.text(b)
}

// titled is a text below its title.
func titled(title, text string) string {
	if title == "" {
		return text
	}
	return strings.TrimRight(title, "\n") + "\n\n" + text
}
