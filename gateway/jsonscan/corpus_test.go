package jsonscan

import (
	"errors"
	"net/http"
	"os"
	"testing"
	"unicode/utf8"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan/corpus"
)

// TestBadRequests replays the corpus. A model that nobody knows is not the scanner's business; those it must accept.
func TestBadRequests(t *testing.T) {
	all, err := corpus.Read(os.DirFS("testdata/bad"))
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	if len(all) < 500 {
		t.Fatalf("the corpus holds %d requests, want at least 500", len(all))
	}
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			_, err := Scan(specs[c.Operation], c.Body)
			if c.Status == http.StatusNotFound {
				if err != nil {
					t.Errorf("Scan: %v, want the request to be accepted", err)
				}
				return
			}
			e, ok := errors.AsType[*fault.Error](err)
			if !ok {
				t.Fatalf("Scan: %v, want an *fault.Error", err)
			}
			if e.Status != c.Status || e.Code != c.Code || e.Param != c.Param {
				t.Errorf("Scan: %d %q %q (%s), want %d %q %q", e.Status, e.Code, e.Param, e.Message, c.Status, c.Code, c.Param)
			}
			if !utf8.ValidString(e.Message) || len(e.Message) > 400 {
				t.Errorf("message %q", e.Message)
			}
		})
	}
}
