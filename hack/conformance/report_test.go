package conformance

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReport(t *testing.T) {
	t.Parallel()
	r := report{
		features: []feature{{Name: "chat", Title: "chat"}, {Name: "tools", Title: "tools"}, {Name: "media", Title: "media"}},
		rows: []*row{
			{client: client{name: "openai-go"}, version: "3.1.0", cells: []cell{
				{feature: "chat", provider: "openai", ok: true},
				{feature: "chat", provider: "ollama", ok: true},
				{feature: "tools", provider: "openai", ok: true},
				{feature: "tools", provider: "ollama", detail: "no call\nat all"},
				{feature: "media", provider: "openai", detail: "no image"},
			}},
			{client: client{name: "codex"}, missing: "npm: ENOTFOUND"},
		},
	}
	want := `
CLIENT     VERSION  chat  tools     media
openai-go  3.1.0    PASS  FAIL 1/2  FAIL
codex               SKIP  SKIP      SKIP

FAIL openai-go
  tools      ollama     no call at all
  media      openai     no image

SKIP codex: npm: ENOTFOUND
`
	var got strings.Builder
	if err := r.print(&got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if !r.failed() {
		t.Error("failed() = false, want true: two cells failed")
	}
}

func TestReportOfARunThatWentWell(t *testing.T) {
	t.Parallel()
	r := report{rows: []*row{
		{cells: []cell{{feature: "chat", ok: true}}},
		{missing: "the registry has no such version"},
	}}
	if r.failed() {
		t.Error("failed() = true, want false: what is skipped has not failed")
	}
	if got, want := r.rows[0].state("media"), "–"; got != want {
		t.Errorf("state of a feature that the client does not have = %q, want %q", got, want)
	}
}
