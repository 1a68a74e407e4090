package gemini

import (
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// googleFiles is where Google keeps the files of its Files API.
const googleFiles = "https://generativelanguage.googleapis.com/"

// blob reads media that are in the request.
func (d *decoder) blob(o *fields.Object) *chat.Media {
	m := &chat.Media{Data: o.Text("data"), Name: o.Text(either(o, "displayName", "display_name"))}
	d.mediaType(o, m)
	if m.Data == "" {
		o.Missing("data")
	}
	return m
}

// file reads media that are somewhere else. What only Google can fetch is a file of Google's.
func (d *decoder) file(o *fields.Object) *chat.Media {
	name := either(o, "fileUri", "file_uri")
	uri := o.Text(name)
	m := &chat.Media{Name: o.Text(either(o, "displayName", "display_name"))}
	switch {
	case uri == "":
		o.Missing(name)
	case googles(uri):
		m.FileID = uri
	default:
		m.URL = uri
	}
	d.mediaType(o, m)
	return m
}

// googles says whether a URI means something to Google only.
func googles(uri string) bool {
	return strings.HasPrefix(uri, googleFiles) || !strings.HasPrefix(uri, "https://") && !strings.HasPrefix(uri, "http://")
}

func (d *decoder) mediaType(o *fields.Object, m *chat.Media) {
	name := either(o, "mimeType", "mime_type")
	m.Type = o.Text(name)
	if m.Type == "" && m.URL == "" && m.FileID == "" {
		o.Missing(name)
	}
	m.Kind = mediaKind(m.Type)
	restOf(o, &d.req.Params)
}

func mediaKind(mediaType string) string {
	before, _, _ := strings.Cut(mediaType, "/")
	switch before {
	case chat.MediaImage, chat.MediaAudio, chat.MediaVideo:
		return before
	}
	return chat.MediaDocument
}
