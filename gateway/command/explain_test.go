package command

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/explain"
	"github.com/fairlead-dev/fairlead/gateway/provider/protocols"
	"github.com/fairlead-dev/fairlead/gateway/server"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// adminPort is that of a gateway with the model chat.
func adminPort(t *testing.T) string {
	t.Helper()
	store := &snapshot.Store{}
	store.Swap(snapshot.Build(snapshot.Input{
		Gateway: "ai/main",
		Config:  &v1alpha1.GatewayConfig{Revision: "sha256:c", KeysMode: v1alpha1.KeysRequired, AllowedNetworks: []v1alpha1.CIDR{"127.0.0.0/8"}},
		Providers: []snapshot.Provider{{Namespace: "ai", Name: "openai", Endpoint: &v1alpha1.ResolvedEndpoint{
			Protocol: v1alpha1.ProtocolOpenAI, URL: "http://127.0.0.1:1",
		}}},
		Aliases: []snapshot.Alias{{Namespace: "ai", Name: "chat", Route: &v1alpha1.Route{
			Revision: "sha256:r", Generation: 1, Gateway: "ai/main", Model: "chat", Strategy: v1alpha1.StrategyWeighted,
			Targets: []v1alpha1.RouteTarget{{
				Name: "big", Provider: "ai/openai", Model: "gpt-5", Weight: 1,
				Timeouts: v1alpha1.Timeouts{Request: "1m", FirstByte: "1m", StreamIdle: "1m"},
			}},
		}}},
	}, nil, protocols.New()))
	admin := httptest.NewServer(server.New(server.Options{Snapshots: store}).AdminHandler())
	t.Cleanup(admin.Close)
	return admin.URL
}

// explainWith runs the command.
func explainWith(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	c := NewExplainCommand()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetOut(&out)
	c.SetErr(&out)
	c.SetArgs(args)
	err := c.ExecuteContext(t.Context())
	return out.String(), err
}

func TestExplain(t *testing.T) {
	admin := adminPort(t)
	text, err := explainWith(t, "--model", "chat", "--admin", admin+"/")
	if err != nil || !strings.HasPrefix(text, "chat would be sent to 'big': gpt-5 at ai/openai.\n") {
		t.Errorf("%v: %s", err, text)
	}
	document, err := explainWith(t, "--model", "chat", "--admin", admin, "-o", "json", "--user", "ann", "--targets", "big")
	if err != nil {
		t.Fatal(err)
	}
	var e explain.Explanation
	if err := json.Unmarshal([]byte(document), &e); err != nil || e.Caller.User != "ann" || e.Targets[0].Why != "chosen by the client" {
		t.Errorf("%v: %s", err, document)
	}
}

func TestExplainErrors(t *testing.T) {
	admin := adminPort(t)
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	cases := map[string]struct {
		args []string
		want string
	}{
		"NoModel":      {nil, `required flag(s) "model" not set`},
		"UnknownModel": {[]string{"--model", "chatt", "--admin", admin}, "Did you mean 'chat'?"},
		"UnknownKey":   {[]string{"--model", "chat", "--key", "a/b", "--admin", admin}, "There is no GatewayKey 'a/b'"},
		"Output":       {[]string{"--model", "chat", "-o", "yaml"}, "expected text or json"},
		"NoURL":        {[]string{"--model", "chat", "--admin", "127.0.0.1:4001"}, "expected a URL"},
		"NobodyThere":  {[]string{"--model", "chat", "--admin", "http://127.0.0.1:1"}, "asking the gateway (--admin)"},
		"OtherPort":    {[]string{"--model", "chat", "--admin", other.URL}, "is --admin its admin port?"},
		"Argument":     {[]string{"chat"}, "unknown command"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			out, err := explainWith(t, c.args...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q; output %s", err, c.want, out)
			}
		})
	}
}
