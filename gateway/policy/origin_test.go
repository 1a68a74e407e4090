package policy

import (
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// TestPagesFromElsewhere asks a gateway that knows no key, as `fairlead run` on a person's machine does.
func TestPagesFromElsewhere(t *testing.T) {
	open := snap(v1alpha1.KeysOptional, "pepper", [32]byte{})
	keyed := snap(v1alpha1.KeysOptional, "pepper", sum("pepper", masterKey))
	cases := map[string]struct {
		reason  string
		origins []string
		status  int
	}{
		"None":        {"SDKs and curl", nil, 0},
		"Local":       {"a page of this machine", []string{"http://localhost:3000"}, 0},
		"LocalName":   {"a page of this machine", []string{"https://app.localhost"}, 0},
		"LocalIP":     {"a page of this machine", []string{"http://127.0.0.1:8080"}, 0},
		"LocalIPv6":   {"a page of this machine", []string{"http://[::1]:8080"}, 0},
		"Application": {"no web page can have this scheme", []string{"vscode-webview://0a1b"}, 0},
		"Elsewhere":   {"any page of the web", []string{"https://evil.example"}, 403},
		"Rebound":     {"its name may lead here", []string{"http://evil.example:4000"}, 403},
		"Lookalike":   {"not localhost", []string{"http://localhost.evil.example"}, 403},
		"Sandbox":     {"any page can make itself one", []string{"null"}, 403},
		"Neighbour":   {"another machine", []string{"http://192.168.1.7"}, 403},
		"Broken":      {"no origin", []string{"http://["}, 403},
		"Two":         {"which is it?", []string{"http://localhost", "http://localhost"}, 403},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h := header()
			for _, o := range c.origins {
				h.Add("Origin", o)
			}
			var a Authenticator
			if got := status(refusal(a.Authenticate(open, carrying(h)))); got != c.status {
				t.Errorf("%s: status %d, want %d", c.reason, got, c.status)
			}
			if got := status(refusal(a.Authenticate(keyed, carrying(h)))); got != 0 {
				t.Errorf("a gateway with a key is not on a person's machine: status %d", got)
			}
		})
	}
}
