package credential

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// tokenServer is Google's token endpoint. It takes assertions of one key, and hands out token-1, token-2 and so on.
type tokenServer struct {
	*httptest.Server
	key    *rsa.PrivateKey
	calls  atomic.Int64
	status atomic.Int64
	// hold keeps answers back until it is closed.
	hold chan struct{}
}

func newTokenServer(t *testing.T) *tokenServer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatalf("GenerateKey: %v", err)
	}
	s := &tokenServer{key: key, hold: make(chan struct{})}
	close(s.hold)
	s.Server = httptest.NewServer(http.HandlerFunc(s.token))
	t.Cleanup(s.Close)
	return s
}

func (s *tokenServer) token(w http.ResponseWriter, r *http.Request) {
	n := s.calls.Add(1)
	select {
	case <-s.hold:
	case <-r.Context().Done():
		return
	}
	assertion := r.PostFormValue("assertion")
	if status := s.status.Load(); status != 0 {
		w.WriteHeader(int(status))
		fmt.Fprintf(w, `{"error":"invalid_grant","error_description":%q}`, "this was sent: "+assertion)
		return
	}
	if err := s.verify(assertion); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, n)
}

// verify checks an assertion as RFC 7523 has it.
func (s *tokenServer) verify(assertion string) error {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return errors.New("no JWT")
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(&s.key.PublicKey, crypto.SHA256, sum[:], signature); err != nil {
		return err
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	var c struct{ Iss, Aud, Scope string }
	if err := json.Unmarshal(claims, &c); err != nil {
		return err
	}
	if c.Iss != "gateway@p.iam.gserviceaccount.com" || c.Scope != scope || !strings.HasPrefix(c.Aud, "http://127.0.0.1") {
		return fmt.Errorf("claims %+v", c)
	}
	return nil
}

// credentials is a service account's file.
func (s *tokenServer) credentials(t *testing.T) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		t.Fatalf("MarshalPKCS8PrivateKey: %v", err)
	}
	out, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": "p", "private_key_id": "1", "client_email": "gateway@p.iam.gserviceaccount.com",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), "token_uri": s.URL,
	})
	if err != nil {
		t.Fatalf("Marshal: %v", err)
	}
	return out
}

func newGoogle(t *testing.T, s *tokenServer) *googleTokens {
	t.Helper()
	g, err := Google(s.credentials(t), s.Client())
	if err != nil {
		t.Fatalf("Google: %v", err)
	}
	return g.(*googleTokens)
}

// authorized is the header that Authorize sets.
func authorized(ctx context.Context, t *testing.T, a Authorizer) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://aiplatform.googleapis.com/", http.NoBody)
	if err != nil {
		t.Fatalf("NewRequest: %v", err)
	}
	err = a.Authorize(ctx, r, nil)
	return r.Header.Get("Authorization"), err
}

func expect(t *testing.T, a Authorizer, want string) {
	t.Helper()
	got, err := authorized(t.Context(), t, a)
	if err != nil || got != want {
		t.Fatalf("Authorize: %q, %v, want %q", got, err, want)
	}
}

func TestGoogleAsksOnceForManyRequests(t *testing.T) {
	s := newTokenServer(t)
	s.hold = make(chan struct{})
	g := newGoogle(t, s)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got, err := authorized(t.Context(), t, g); err != nil || got != "Bearer token-1" {
				t.Errorf("Authorize: %q, %v", got, err)
			}
		})
	}
	close(s.hold)
	wg.Wait()
	expect(t, g, "Bearer token-1")
	if n := s.calls.Load(); n != 1 {
		t.Errorf("the token endpoint was asked %d times, want once", n)
	}
}

func TestGoogleReplacesATokenBeforeItsEnd(t *testing.T) {
	s := newTokenServer(t)
	g := newGoogle(t, s)
	expect(t, g, "Bearer token-1")
	start := time.Now()
	g.now = func() time.Time { return start.Add(time.Hour - early + time.Second) }
	expect(t, g, "Bearer token-1") // The old one is sent while the new one is under way.
	g.mu.Lock()
	x := g.running
	g.mu.Unlock()
	if x != nil {
		<-x.done
	}
	expect(t, g, "Bearer token-2")
}

func TestGoogleWaitsWhereTheTokenHasEnded(t *testing.T) {
	s := newTokenServer(t)
	g := newGoogle(t, s)
	expect(t, g, "Bearer token-1")
	start := time.Now()
	g.now = func() time.Time { return start.Add(2 * time.Hour) }
	expect(t, g, "Bearer token-2")
}

func TestGoogleWaitsNoLongerThanTheRequest(t *testing.T) {
	s := newTokenServer(t)
	s.hold = make(chan struct{})
	g := newGoogle(t, s)
	gone := errors.New("the client is gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := authorized(ctx, t, g); !errors.Is(err, gone) {
		t.Errorf("Authorize: %v, want the cause of the context's end", err)
	}
	close(s.hold)
	expect(t, g, "Bearer token-1") // The exchange has gone on.
}

func TestGoogleGoesOnWithAGoodTokenWhenTheServerFails(t *testing.T) {
	s := newTokenServer(t)
	g := newGoogle(t, s)
	expect(t, g, "Bearer token-1")
	s.status.Store(http.StatusInternalServerError)
	start := time.Now()
	g.now = func() time.Time { return start.Add(time.Hour - early + time.Second) }
	for range 3 {
		expect(t, g, "Bearer token-1")
		g.mu.Lock()
		x := g.running
		g.mu.Unlock()
		if x != nil {
			<-x.done
		}
	}
	if n := s.calls.Load(); n != 2 {
		t.Errorf("the token endpoint was asked %d times, want twice: it failed a moment ago", n)
	}
}

func TestGoogleErrorsHoldNoSecret(t *testing.T) {
	s := newTokenServer(t)
	s.status.Store(http.StatusBadRequest)
	_, err := authorized(t.Context(), t, newGoogle(t, s))
	want := "asking Google for an access token: the server answered with status 400 invalid_grant"
	if err == nil || err.Error() != want {
		t.Errorf("Authorize: %v, want %s", err, want)
	}
}

func TestGoogleServerAway(t *testing.T) {
	s := newTokenServer(t)
	g := newGoogle(t, s)
	s.Close()
	_, err := authorized(t.Context(), t, g)
	if err == nil || !strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "assertion") {
		t.Errorf("Authorize: %v, want that the connection was refused", err)
	}
}

func TestGoogleRefuses(t *testing.T) {
	cases := map[string]struct{ reason, credentials, want string }{
		"NotJSON": {
			reason: "the text is not repeated", credentials: "sekret", want: "reading Google credentials: they are no JSON object of strings",
		},
		"Executable": {
			reason: "a Secret must not be able to run programs",
			credentials: `{"type":"external_account","token_url":"https://sts.googleapis.com/v1/token",` +
				`"credential_source":{"executable":{"command":"/bin/id"}}}`,
			want: "reading Google credentials: an external account needs its token in credential_source.file; other sources are not used",
		},
		"FileSentElsewhere": {
			reason:      "a Secret must not be able to send the gateway's files anywhere",
			credentials: `{"type":"external_account","token_url":"https://evil.example/","credential_source":{"file":"/run/secrets/key"}}`,
			want:        "reading Google credentials: token_url is not at sts.googleapis.com",
		},
		"ImpersonationElsewhere": {
			reason: "the token of the first exchange must not go anywhere either",
			credentials: `{"type":"external_account","token_url":"https://sts.googleapis.com/v1/token","service_account_impersonation_url":` +
				`"https://googleapis.com.evil.example/","credential_source":{"file":"/run/secrets/key"}}`,
			want: "reading Google credentials: service_account_impersonation_url is not at iamcredentials.googleapis.com",
		},
		"FileSentToABucket": {
			reason: "anybody can have one there",
			credentials: `{"type":"external_account","token_url":"https://storage.googleapis.com/upload/storage/v1/b/evil/o",` +
				`"credential_source":{"file":"/run/secrets/key"}}`,
			want: "reading Google credentials: token_url is not at sts.googleapis.com",
		},
		"FileSentToAHostNamedLikeIt": {
			reason: "a region is one label",
			credentials: `{"type":"external_account","token_url":"https://sts.evil.storage.rep.googleapis.com/",` +
				`"credential_source":{"file":"/run/secrets/key"}}`,
			want: "reading Google credentials: token_url is not at sts.googleapis.com",
		},
		"Environment": {
			reason: "it has addresses fetched, whatever else is there",
			credentials: `{"type":"external_account","token_url":"https://sts.googleapis.com/v1/token",` +
				`"credential_source":{"environment_id":"aws1","url":"http://10.0.0.1/","file":"/run/secrets/key"}}`,
			want: "reading Google credentials: an external account needs its token in credential_source.file; other sources are not used",
		},
		"Impersonated": {
			reason: "a type that nobody asked for", credentials: `{"type":"impersonated_service_account"}`,
			want: `reading Google credentials: type "impersonated_service_account" is neither service_account nor external_account`,
		},
		"BadKey": {
			reason: "it is told at once", credentials: `{"type":"service_account","private_key":"sekret"}`,
			want: "reading Google credentials: private_key is not in PEM",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := Google([]byte(tc.credentials), http.DefaultClient)
			if err == nil {
				t.Fatalf("%s: Google took it", tc.reason)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("%s: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// roundTrip is an http.RoundTripper.
type roundTrip func(*http.Request) *http.Response

// RoundTrip answers a request.
func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r), nil }

func TestGoogleExternalAccount(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("the-platforms-token"), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	client := &http.Client{Transport: roundTrip(func(r *http.Request) *http.Response {
		w := httptest.NewRecorder()
		if r.URL.Host != "sts.googleapis.com" || r.PostFormValue("subject_token") != "the-platforms-token" {
			w.WriteHeader(http.StatusBadRequest)
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"access_token":"federated","token_type":"Bearer","expires_in":3600,`+
			`"issued_token_type":"urn:ietf:params:oauth:token-type:access_token"}`)
		return w.Result()
	})}
	g, err := Google(fmt.Appendf(nil, `{"type":"external_account","audience":"//iam.googleapis.com/pool",
		"subject_token_type":"urn:ietf:params:oauth:token-type:jwt","token_url":"https://sts.googleapis.com/v1/token",
		"quota_project_id":"payer","credential_source":{"file":%q}}`, token), client)
	if err != nil {
		t.Fatalf("Google: %v", err)
	}
	expect(t, g, "Bearer federated")
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", http.NoBody)
	if err := g.Authorize(t.Context(), r, nil); err != nil || r.Header.Get("X-Goog-User-Project") != "payer" {
		t.Errorf("Authorize: %v, X-Goog-User-Project %q, want payer", err, r.Header.Get("X-Goog-User-Project"))
	}
}

func TestGoogleAmbientFile(t *testing.T) {
	s := newTokenServer(t)
	file := filepath.Join(t.TempDir(), "credentials.json")
	if err := os.WriteFile(file, s.credentials(t), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	expect(t, GoogleAmbient(s.Client()), "Bearer token-1")
}

func TestGoogleAmbientNone(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "none.json"))
	_, err := authorized(t.Context(), t, GoogleAmbient(http.DefaultClient))
	if !errors.Is(err, errNone) {
		t.Errorf("Authorize: %v, want %v", err, errNone)
	}
}
