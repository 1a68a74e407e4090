package server

import (
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

func TestCORS(t *testing.T) {
	const page = "https://chat.example.com"
	only := func(origins ...string) *v1alpha1.CORS { return &v1alpha1.CORS{AllowOrigins: origins, MaxAge: "1h"} }
	cases := map[string]struct {
		config *v1alpha1.CORS
		origin string
		want   string
	}{
		"Allowed":           {only(page), page, page},
		"AmongOthers":       {only("https://a.example", page), page, page},
		"Subdomain":         {only("https://*.example.com"), page, page},
		"Everybody":         {only("*"), page, "*"},
		"WithPort":          {only("http://localhost:3000"), "http://localhost:3000", "http://localhost:3000"},
		"OtherPort":         {only("http://localhost:3000"), "http://localhost:3001", ""},
		"OtherScheme":       {only(page), "http://chat.example.com", ""},
		"OtherHost":         {only(page), "https://chat.example.com.evil.test", ""},
		"Below":             {only("https://*.example.com"), "https://a.b.example.com", "https://a.b.example.com"},
		"SuffixOnly":        {only("https://*.example.com"), "https://evilexample.com", ""},
		"DomainItself":      {only("https://*.example.com"), "https://example.com", ""},
		"Null":              {only(page), "null", ""},
		"NoOrigin":          {only(page), "", ""},
		"Closed":            {nil, page, ""},
		"UnreadableMaxAge":  {&v1alpha1.CORS{AllowOrigins: []string{page}, MaxAge: "soon"}, page, page},
		"CaseDoesNotMatter": {only("https://Chat.Example.com"), page, page},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := routes(model("chat", target(t, "a", answering(http.StatusOK, "application/json", chatAnswer,
				"Access-Control-Allow-Origin", "https://of.the.upstream", "Access-Control-Allow-Credentials", "true", "Vary", "Cookie"))))
			s.Config = &v1alpha1.GatewayConfig{CORS: c.config}
			g := start(t, s)
			call := g.request(http.MethodPost, "/v1/chat/completions", chatRequest)
			call.Header["Origin"] = []string{c.origin}
			served := g.do(call)
			if served.StatusCode != http.StatusOK {
				t.Errorf("the request: got %d %s: a server does not guard itself by CORS", served.StatusCode, served.body)
			}
			unauthorized := g.request(http.MethodPost, "/v1/chat/completions", chatRequest, "Authorization", "Bearer sk-wrong")
			unauthorized.Header["Origin"] = []string{c.origin}
			asked := g.preflight(c.origin)
			for what, r := range map[string]reply{"request": served, "error": g.do(unauthorized), "preflight": asked} {
				if got := r.Header.Get("Access-Control-Allow-Origin"); got != c.want {
					t.Errorf("%s: got the origin %q, want %q", what, got, c.want)
				}
				if r.Header.Get("Access-Control-Allow-Credentials") != "" {
					t.Errorf("%s: credentials are allowed", what)
				}
				if varies := strings.Contains(r.Header.Get("Vary"), "Origin"); varies != (c.config != nil) {
					t.Errorf("%s: Vary is %q", what, r.Header["Vary"])
				}
			}
			if c.config == nil {
				for header := range asked.Header {
					if strings.HasPrefix(header, "Access-Control-") {
						t.Errorf("closed: got the header %s", header)
					}
				}
				if asked.StatusCode != http.StatusMethodNotAllowed {
					t.Errorf("closed: got %d for a preflight, want 405", asked.StatusCode)
				}
			}
		})
	}
}

// preflight is what a browser asks before an SDK's request.
func (g *gateway) preflight(origin string) reply {
	g.t.Helper()
	r := g.request(http.MethodOptions, "/v1/chat/completions", "",
		"Access-Control-Request-Method", http.MethodPost, "Access-Control-Request-Headers", "authorization,content-type,x-stainless-lang")
	r.Header.Del("Authorization")
	r.Header["Origin"] = []string{origin}
	return g.do(r)
}

func TestPreflight(t *testing.T) {
	const page = "https://chat.example.com"
	s := routes()
	s.Config = &v1alpha1.GatewayConfig{CORS: &v1alpha1.CORS{AllowOrigins: []string{page}, MaxAge: "1h"}}
	g := start(t, s)
	got := g.preflight(page)
	if got.StatusCode != http.StatusNoContent || got.body != "" {
		t.Errorf("got %d %q, want 204: a browser asks without a key", got.StatusCode, got.body)
	}
	for header, want := range map[string]string{
		"Access-Control-Allow-Methods": http.MethodPost, "Access-Control-Allow-Headers": "authorization,content-type,x-stainless-lang",
		"Access-Control-Max-Age": "3600",
	} {
		if v := got.Header.Get(header); v != want {
			t.Errorf("%s: got %q, want %q", header, v, want)
		}
	}
	trace := g.request(http.MethodOptions, "/v1/chat/completions", "", "Origin", page, "Access-Control-Request-Method", "PUT")
	if v := g.do(trace).Header.Get("Access-Control-Allow-Methods"); v != "" {
		t.Errorf("PUT: got %q, want nothing to be allowed", v)
	}
	models := g.do(g.request(http.MethodGet, "/v1/models", "", "Origin", page))
	if v := models.Header.Get("Access-Control-Expose-Headers"); v != "*" {
		t.Errorf("a page may read %q, want every header: the request id and what is left of limits are in them", v)
	}
}

// TestCORSFollowsTheConfiguration: what one configuration allowed, the next may not.
func TestCORSFollowsTheConfiguration(t *testing.T) {
	tb := &table{}
	g := startWith(t, Options{Snapshots: tb})
	for _, origin := range []string{"https://a.example", "https://b.example"} {
		s := routes()
		s.Config = &v1alpha1.GatewayConfig{CORS: &v1alpha1.CORS{AllowOrigins: []string{origin}}}
		tb.Store(s)
		for _, asks := range []string{"https://a.example", "https://b.example"} {
			if got := g.preflight(asks).Header.Get("Access-Control-Allow-Origin") != ""; got != (asks == origin) {
				t.Errorf("%s allowed while %s is: %v", asks, origin, got)
			}
		}
	}
}

// TestCORSWithoutKeys: a gateway that knows no key serves the pages that it was told of, and no others.
func TestCORSWithoutKeys(t *testing.T) {
	s := routes()
	s.KeysMode, s.Keys = v1alpha1.KeysOptional, snapshot.Keys{}
	s.Config = &v1alpha1.GatewayConfig{CORS: &v1alpha1.CORS{AllowOrigins: []string{"https://chat.example.com"}}}
	g := start(t, s)
	for origin, want := range map[string]int{"https://chat.example.com": http.StatusOK, "https://evil.example": http.StatusForbidden} {
		if got := g.do(g.request(http.MethodGet, "/v1/models", "", "Origin", origin)); got.StatusCode != want {
			t.Errorf("%s: got %d %s, want %d", origin, got.StatusCode, got.body, want)
		}
	}
}
