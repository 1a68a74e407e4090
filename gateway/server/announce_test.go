package server

import (
	"net/http"
	"testing"

	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// TestHeadersTellHow: an answer says which target it is from, whichever protocol that speaks, and a whole one what it cost.
func TestHeadersTellHow(t *testing.T) {
	lines := func(body string) func(*testing.T) *snapshot.Target {
		return func(t *testing.T) *snapshot.Target {
			return speakingLines(target(t, "a", answering(http.StatusOK, "text/plain", body)))
		}
	}
	for name, c := range map[string]struct {
		target  func(*testing.T) *snapshot.Target
		request string
		cost    string
	}{
		"Whole":            {func(t *testing.T) *snapshot.Target { return target(t, "a", answersChat()) }, chatRequest, "0.000013"},
		"Stream":           {func(t *testing.T) *snapshot.Target { return target(t, "a", streamsChat()) }, chatStream, ""},
		"Translated":       {lines("hi\n"), chatRequest, "0.000004"},
		"TranslatedStream": {lines("a\nend\n"), chatStream, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g, _, _ := accounting(t, routes(model("chat", priced(c.target(t)))))
			r := g.chat(c.request)
			for header, want := range map[string]string{
				"X-Fairlead-Target": "a", "X-Fairlead-Attempts": "1", "X-Litellm-Model-Id": "a", "X-Litellm-Model-Group": "chat",
			} {
				if got := r.Header.Get(header); got != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
			// What a stream cost may be known as well, where it came at once.
			if cost, compatible := r.Header.Get("X-Fairlead-Cost"), r.Header.Get("X-Litellm-Response-Cost"); c.cost != "" && cost != c.cost || compatible != cost {
				t.Errorf("the cost is %q and %q, want %q", cost, compatible, c.cost)
			}
		})
	}
}
