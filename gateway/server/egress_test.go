package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/egress"
	"github.com/fairlead-dev/fairlead/gateway/upstream"
)

// TestAddressThatMayNotBeCalled: whoever may name a URL learns nothing of what is behind it, and whoever runs the gateway learns why.
func TestAddressThatMayNotBeCalled(t *testing.T) {
	forbidden := target(t, "a", func(http.ResponseWriter, *http.Request) { t.Error("the upstream was reached") })
	address := forbidden.Upstream.URL.Hostname()
	transport := upstream.New(egress.New(nil).Dialer(time.Second).DialContext)
	t.Cleanup(transport.CloseIdleConnections)
	forbidden.Upstream.Transport = transport
	tb := &table{}
	tb.Store(routes(model("chat", forbidden)))
	g := run(t, tb, time.Millisecond)
	got := g.chat(chatRequest)
	if got.StatusCode != http.StatusBadGateway || got.code(t) != codeUnreachable || strings.Contains(got.body, address) {
		t.Errorf("got %d %s, want 502 without the address", got.StatusCode, got.body)
	}
	if want := `fairlead_attempts_total{fairlead_outcome="not_allowed",fairlead_target="a",gen_ai_provider_name="ai/a",gen_ai_request_model="chat"} 1`; !strings.Contains(g.scrape(), want) {
		t.Errorf("want the metric %s", want)
	}
	if _, body := g.ask(http.MethodGet, "/admin/explain?model=chat"); !strings.Contains(body, `"notAllowed":true`) {
		t.Errorf("the explanation says nothing of it: %s", body)
	}
	g.stop()
	if err := <-g.done; err != nil {
		t.Fatal(err)
	}
	if log := g.log.String(); !strings.Contains(log, "refusing to connect to "+address) || !strings.Contains(log, "--allow-provider-network") {
		t.Errorf("the log does not say why, and who can help: %s", log)
	}
}
