package ollama

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// sniffed is how many bytes of an image tell what it is.
// Source: https://mimesniff.spec.whatwg.org/#reading-the-resource-header
const sniffed = 512

// images reads the member `images`: base64 without a word about the type, which other protocols want to be told.
func images(o *fields.Object) []chat.Media {
	var given []string
	o.Into("images", &given, "an array of strings")
	list := make([]chat.Media, len(given))
	for i, data := range given {
		if !isBase64(data) {
			o.Invalid(fmt.Sprintf("images[%d]", i), "is no base64.")
			return nil
		}
		list[i] = chat.Media{Kind: chat.MediaImage, Type: mediaType(data), Data: data}
	}
	return list
}

func isBase64(data string) bool {
	_, err := io.Copy(io.Discard, base64.NewDecoder(base64.StdEncoding, strings.NewReader(data)))
	return err == nil
}

// mediaType looks at the first bytes of an image. What it does not know it calls application/octet-stream.
func mediaType(data string) string {
	head := make([]byte, sniffed)
	n, _ := io.ReadFull(base64.NewDecoder(base64.StdEncoding, strings.NewReader(data)), head)
	return http.DetectContentType(head[:n])
}
