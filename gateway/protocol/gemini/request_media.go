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
	m := &chat.Media{Data: standardBase64(o.Text("data")), Name: o.Text(either(o, "displayName", "display_name"))}
	d.mediaType(o, m)
	if m.Data == "" {
		o.Missing("data")
	}
	return m
}

// standardBase64 writes base64 as everybody else wants it. Google takes that of URLs as well, with and without padding, and its SDK
// for Python sends it. What is no base64 stays for the upstream to refuse.
// Source: https://protobuf.dev/programming-guides/json/
func standardBase64(data string) string {
	if strings.ContainsAny(data, "-_") {
		data = strings.NewReplacer("-", "+", "_", "/").Replace(data)
	}
	if missing := -len(data) & 3; missing > 0 {
		data += strings.Repeat("=", missing)
	}
	return data
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
