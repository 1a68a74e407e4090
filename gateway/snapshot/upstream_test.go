package snapshot

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

func TestUnavailable(t *testing.T) {
	models := func(name v1alpha1.ModelName, state v1alpha1.ModelState) func(*Input) {
		return func(in *Input) { in.Providers[0].Models = []v1alpha1.ModelStatus{{Name: name, State: state}} }
	}
	cases := map[string]struct {
		edit func(*Input)
		want string
	}{
		"Usable":     {func(*Input) {}, ""},
		"Unlisted":   {models("other", v1alpha1.ModelPulling), ""},
		"Ready":      {models("gpt-4o-mini", v1alpha1.ModelReady), ""},
		"Pending":    {models("gpt-4o-mini", v1alpha1.ModelPending), `model "gpt-4o-mini" of ModelProvider ai/openai waits to be pulled`},
		"Pulling":    {models("gpt-4o-mini", v1alpha1.ModelPulling), `model "gpt-4o-mini" of ModelProvider ai/openai is being pulled`},
		"Failed":     {models("gpt-4o-mini", v1alpha1.ModelFailed), `model "gpt-4o-mini" of ModelProvider ai/openai could not be pulled; it is tried again`},
		"Latest":     {models("gpt-4o-mini:latest", v1alpha1.ModelPulling), `model "gpt-4o-mini" of ModelProvider ai/openai is being pulled`},
		"NoProvider": {func(in *Input) { in.Providers = nil }, "ModelProvider ai/openai is not there"},
		"NoEndpoint": {func(in *Input) { in.Providers[0].Endpoint = nil }, "ModelProvider ai/openai has no endpoint that can be used"},
		"NoKey":      {func(in *Input) { delete(in.Credentials, "provider.ai.openai") }, "ModelProvider ai/openai has no API key"},
		"NoCA":       {func(in *Input) { in.Providers[0].Endpoint.CABundleKey = "ca.ai.openai" }, "ModelProvider ai/openai has no CA certificates"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := testInput(testAlias("chat", testRoute("chat")))
			first := Build(in, nil, testProtocols())
			in.Providers = []Provider{{Namespace: "ai", Name: "openai", Endpoint: testEndpoint()}}
			tc.edit(&in)
			s := Build(in, first, testProtocols())
			if got := s.Models["chat"].Tiers[0][0].Unavailable; got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if awaits := strings.HasPrefix(name, "No"); s.Awaiting != awaits {
				t.Errorf("Awaiting: %v, want %v", s.Awaiting, awaits)
			}
			if s.Confirmation.Rejected != nil {
				t.Errorf("Rejected: %v, want none: nothing is malformed", s.Confirmation.Rejected)
			}
		})
	}
}

func TestBuildRejectsProvider(t *testing.T) {
	const secret = "sk-se\x00cret"
	cases := map[string]struct {
		edit func(*v1alpha1.ResolvedEndpoint, map[string][]byte)
		want string
	}{
		"Protocol": {
			func(e *v1alpha1.ResolvedEndpoint, _ map[string][]byte) { e.Protocol = "Gopher" },
			`endpoint.protocol: expected one that this gateway speaks, found "Gopher"`,
		},
		"RelativeURL": {
			func(e *v1alpha1.ResolvedEndpoint, _ map[string][]byte) { e.URL = "/v1" },
			`endpoint.url: expected an absolute http or https URL, found "/v1"`,
		},
		"UserInURL": {
			func(e *v1alpha1.ResolvedEndpoint, _ map[string][]byte) { e.URL = "https://user:" + "sk-se@host" },
			"endpoint.url: expected no user, query or fragment, found one",
		},
		"Header": {
			func(e *v1alpha1.ResolvedEndpoint, _ map[string][]byte) { e.Headers[0].Name = "not a name" },
			"endpoint.headers[not a name]: expected the name and the value of an HTTP header, found other characters",
		},
		"CredentialHeader": {
			func(e *v1alpha1.ResolvedEndpoint, _ map[string][]byte) { e.CredentialHeader = "a b" },
			`endpoint.credentialHeader: expected the name of an HTTP header, found "a b"`,
		},
		"Key": {
			func(_ *v1alpha1.ResolvedEndpoint, c map[string][]byte) { c["provider.ai.openai"] = []byte(secret) },
			"API key: expected one line of printable characters, found others or none",
		},
		"CABundle": {
			func(e *v1alpha1.ResolvedEndpoint, c map[string][]byte) {
				e.CABundleKey, c["ca.ai.openai"] = "ca.ai.openai", []byte("not PEM")
			},
			"CA bundle: expected certificates in PEM, found none",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := testInput(testAlias("chat", testRoute("chat")))
			tc.edit(in.Providers[0].Endpoint, in.Credentials)
			s := Build(in, nil, testProtocols())
			want := []v1alpha1.Rejection{{Kind: v1alpha1.KindModelProvider, Namespace: "ai", Name: "openai", Message: tc.want}}
			if diff := cmp.Diff(want, s.Confirmation.Rejected); diff != "" {
				t.Errorf("Rejected (-want +got):\n%s", diff)
			}
			target := s.Models["chat"].Tiers[0][0]
			if target.Unavailable != "ModelProvider ai/openai cannot be used: "+tc.want {
				t.Errorf("Unavailable: %q", target.Unavailable)
			}
			if strings.Contains(target.Unavailable, "sk-se") {
				t.Error("a secret is in the message")
			}
		})
	}
}

func TestCredentialHeader(t *testing.T) {
	e := testEndpoint()
	e.CredentialHeader = "api-key"
	header, key, err := upstreamHeader(e, testCredentials())
	if err != nil {
		t.Fatal(err)
	}
	if key != "sk-secret" {
		t.Errorf("got the key %q, want that of the header", key)
	}
	if header.Get("Api-Key") != "sk-secret" || header.Get("Authorization") != "" {
		t.Errorf("got Api-Key %q and Authorization %q, want only the first", header.Get("Api-Key"), header.Get("Authorization"))
	}
}
