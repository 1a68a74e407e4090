package command

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestServed: each namespace counts once, whatever the order that they are named in.
func TestServed(t *testing.T) {
	for name, tc := range map[string]struct{ said, want []string }{
		"NotSaid": {nil, nil},
		"Twice":   {[]string{"team-b", "team-a", "team-b"}, []string{"team-a", "team-b"}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := served(tc.said, tc.said != nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("namespaces (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOperatorRefuses: a command line that says something else than was meant ends with the reason, before there is a cluster to reach.
func TestOperatorRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ flag, want string }{
		"NoNamespace":    {"--namespace=", "reading --namespace: expected the name of a namespace, found nothing"},
		"WrongNamespace": {"--namespace=Team_A", `reading --namespace: expected the name of a namespace, found "Team_A"`},
		"WrongNetwork":   {"--allow-provider-network=10.0.0.0", "reading --allow-provider-network"},
	} {
		t.Run(name, func(t *testing.T) {
			c := NewCommand("1.0.0")
			c.SetArgs([]string{tc.flag, "--kubeconfig=/nowhere"})
			c.SetOut(io.Discard)
			c.SetErr(io.Discard)
			if err := c.Execute(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v, want %q", err, tc.want)
			}
		})
	}
}
