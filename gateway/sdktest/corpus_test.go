package sdktest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/jsonscan/corpus"
)

// TestBadRequests sends the corpus of bad requests to the gateway: each is refused with the error that it states, in the shape
// that SDKs read.
func TestBadRequests(t *testing.T) {
	all, err := corpus.Read(os.DirFS("../jsonscan/testdata/bad"))
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	paths := map[string]string{"chat": "/chat/completions", "text_completion": "/completions", "embeddings": "/embeddings"}
	g := start(t)
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, g.url+paths[c.Operation], bytes.NewReader(c.Body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+key)
			req.Header.Set("Content-Type", "application/json")
			checkRefused(t, req, c)
		})
	}
}

func checkRefused(t *testing.T, req *http.Request, c corpus.Request) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	var doc struct {
		Error *struct {
			Message, Type string
			Param, Code   *string
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&doc); err != nil || doc.Error == nil || doc.Error.Message == "" || doc.Error.Type == "" {
		t.Fatalf("status %d and no error in OpenAI's shape: %v", resp.StatusCode, err)
	}
	if resp.StatusCode != c.Status || text(doc.Error.Code) != c.Code || text(doc.Error.Param) != c.Param {
		t.Errorf("status %d, code %q, param %q, want %d %q %q: %s",
			resp.StatusCode, text(doc.Error.Code), text(doc.Error.Param), c.Status, c.Code, c.Param, doc.Error.Message)
	}
}

// text is what a member that may be null holds.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
