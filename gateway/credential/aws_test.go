package credential

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The key of AWS's own examples.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-examples.html
const (
	exampleID     = "AKIDEXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	exampleFile   = "; a comment\n[other]\naws_access_key_id = X\n\n[default]\nAWS_ACCESS_KEY_ID=" + exampleID + "\naws_secret_access_key = " + exampleSecret + "\n"
)

func newRequest(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, converse, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Request-Id", "req_1")
	return r
}

const converse = "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse"

// signedAt is the time at which requests are signed in tests.
func signedAt() time.Time { return time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC) }

// TestAWSSigns compares with a signature that was computed independently, step by step after the official description, for a path that holds an
// escaped character.
func TestAWSSigns(t *testing.T) {
	a, err := AWS([]byte(exampleFile), "us-east-1")
	if err != nil {
		t.Fatalf("AWS: %v", err)
	}
	a.(*signer).now = signedAt
	r := newRequest(t)
	if err := a.Authorize(t.Context(), r, [][]byte{[]byte(`{"messages":`), []byte(`[]}`)}); err != nil {
		t.Fatalf("Authorize: %v", err)
	}
	const want = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/bedrock/aws4_request, " +
		"SignedHeaders=content-length;content-type;host;x-amz-date, Signature=9e9afcbd7f76df3add409520caf952efcd1a0560dc8ebe9639d221b18e26c0d0"
	if got := r.Header.Get("Authorization"); got != want {
		t.Errorf("Authorization: %s, want %s", got, want)
	}
	if r.Header.Get("X-Amz-Date") != "20150830T123600Z" || r.Header.Get("X-Request-Id") != "req_1" || r.Header.Get("X-Amz-Security-Token") != "" {
		t.Errorf("headers: %v", r.Header)
	}
}

// TestAWSSignatureCovers: another body, path, method or region has another signature; a header that is added on the way has not.
func TestAWSSignatureCovers(t *testing.T) {
	sign := func(region string, body string, change func(r *http.Request)) string {
		t.Helper()
		a, err := AWS([]byte(exampleFile), region)
		if err != nil {
			t.Fatalf("AWS: %v", err)
		}
		a.(*signer).now = signedAt
		r := newRequest(t)
		change(r)
		if err := a.Authorize(t.Context(), r, [][]byte{[]byte(body)}); err != nil {
			t.Fatalf("Authorize: %v", err)
		}
		_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		return signature
	}
	same := func(*http.Request) {}
	base := sign("us-east-1", "a", same)
	if got := sign("us-east-1", "a", func(r *http.Request) { r.Header.Set("Traceparent", "x") }); got != base {
		t.Error("a header that is no part of the request changes the signature")
	}
	for name, got := range map[string]string{
		"body":   sign("us-east-1", "b", same),
		"region": sign("us-east-2", "a", same),
		"path":   sign("us-east-1", "a", func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/model/x/converse", "" }),
		"method": sign("us-east-1", "a", func(r *http.Request) { r.Method = http.MethodPut }),
		"query":  sign("us-east-1", "a", func(r *http.Request) { r.URL.RawQuery = "a=b" }),
		"type":   sign("us-east-1", "a", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }),
	} {
		if got == base {
			t.Errorf("another %s has the same signature", name)
		}
	}
}

func TestAWSSessionToken(t *testing.T) {
	a, err := AWS([]byte("[default]\naws_access_key_id=A\naws_secret_access_key=B=\naws_session_token=C==\n"), "eu-west-1")
	if err != nil {
		t.Fatalf("AWS: %v", err)
	}
	r := newRequest(t)
	if err := a.Authorize(t.Context(), r, nil); err != nil || r.Header.Get("X-Amz-Security-Token") != "C==" {
		t.Errorf("Authorize: %v, %v", err, r.Header)
	}
	if !strings.Contains(r.Header.Get("Authorization"), "x-amz-security-token") {
		t.Errorf("the token is not signed: %s", r.Header.Get("Authorization"))
	}
}

func TestAWSBedrockKey(t *testing.T) {
	a, err := AWS([]byte("bedrock-api-key-YmVkcm9jaw==\n"), "us-east-1")
	if err != nil {
		t.Fatalf("AWS: %v", err)
	}
	r := newRequest(t)
	if err := a.Authorize(t.Context(), r, nil); err != nil || r.Header.Get("Authorization") != "Bearer bedrock-api-key-YmVkcm9jaw==" {
		t.Errorf("Authorize: %v, %v", err, r.Header)
	}
}

func TestAWSRefuses(t *testing.T) {
	cases := map[string]struct{ file, region string }{
		"Empty":     {"", "us-east-1"},
		"Google":    {`{"type":"service_account","private_key":"hunter2"}`, "us-east-1"},
		"NoSecret":  {"[default]\naws_access_key_id = hunter2\n", "us-east-1"},
		"NoDefault": {"[other]\naws_access_key_id=hunter2\naws_secret_access_key=hunter2\n", "us-east-1"},
		"NoProfile": {"aws_access_key_id=hunter2\naws_secret_access_key=hunter2\n", "us-east-1"},
		"NoEntry":   {"[default]\nhunter2\n", "us-east-1"},
		"TwoWords":  {"hunter2 hunter2", "us-east-1"},
		"NoRegion":  {exampleFile, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			a, err := AWS([]byte(c.file), c.region)
			if err == nil {
				t.Fatalf("AWS: %v, want an error", a)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), exampleSecret) {
				t.Errorf("the error repeats the credentials: %v", err)
			}
		})
	}
}

// TestAWSAmbient: the environment is one of the places where the SDK looks.
func TestAWSAmbient(t *testing.T) {
	clearAWS(t)
	t.Setenv("AWS_ACCESS_KEY_ID", exampleID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", exampleSecret)
	a, err := AWSAmbient("us-east-1")
	if err != nil {
		t.Fatalf("AWSAmbient: %v", err)
	}
	for range 2 {
		r := newRequest(t)
		if err := a.Authorize(t.Context(), r, nil); err != nil || !strings.Contains(r.Header.Get("Authorization"), "Credential="+exampleID+"/") {
			t.Errorf("Authorize: %v, %v", err, r.Header)
		}
	}
	if a, err := AWSAmbient(""); err == nil {
		t.Errorf("AWSAmbient without a region: %v, want an error", a)
	}
}

// TestAWSAmbientPodIdentity: what EKS puts into a Pod, an address and a token, is exchanged for keys once, not for each request.
func TestAWSAmbientPodIdentity(t *testing.T) {
	asked := 0
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.Header.Get("Authorization") != "pod-token" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"AccessKeyId":"ASIA1","SecretAccessKey":"s","Token":"session","Expiration":"2099-01-01T00:00:00Z"}`))
	}))
	defer agent.Close()
	clearAWS(t)
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.URL)
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "pod-token")
	a, err := AWSAmbient("us-east-1")
	if err != nil {
		t.Fatalf("AWSAmbient: %v", err)
	}
	for range 3 {
		r := newRequest(t)
		if err := a.Authorize(t.Context(), r, nil); err != nil || r.Header.Get("X-Amz-Security-Token") != "session" {
			t.Fatalf("Authorize: %v, %v", err, r.Header)
		}
	}
	if asked != 1 {
		t.Errorf("the agent was asked %d times for 3 requests, want once", asked)
	}
}

// TestAWSAmbientRenewsEarly: keys that end within minutes are not used up to their end, where a request that is on its way would be
// refused. What a service account's token is exchanged for in a cluster has no other margin.
func TestAWSAmbientRenewsEarly(t *testing.T) {
	asked := 0
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
			<Credentials><AccessKeyId>ASIA%d</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>%s</Expiration></Credentials>
			</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, asked, time.Now().Add(renewBefore/2).UTC().Format(time.RFC3339))
	}))
	defer sts.Close()
	clearAWS(t)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("jwt"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_WEB_IDENTITY_TOKEN_FILE", token)
	t.Setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/gateway")
	t.Setenv("AWS_ENDPOINT_URL_STS", sts.URL)
	a, err := AWSAmbient("us-east-1")
	if err != nil {
		t.Fatalf("AWSAmbient: %v", err)
	}
	for n := range 2 {
		r, want := newRequest(t), fmt.Sprintf("Credential=ASIA%d/", n+1)
		if err := a.Authorize(t.Context(), r, nil); err != nil || !strings.Contains(r.Header.Get("Authorization"), want) {
			t.Errorf("Authorize: %v, %v, want %s", err, r.Header, want)
		}
	}
}

// clearAWS takes away what the machine that runs the test may have.
func clearAWS(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
}

// TestAWSNoCredentials: without any, the error says so, and the request is as it was.
func TestAWSNoCredentials(t *testing.T) {
	none := errors.New("none")
	s := &signer{region: "us-east-1", now: time.Now, v4: v4.NewSigner(), keys: func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{}, none
	}}
	r := newRequest(t)
	if err := s.Authorize(t.Context(), r, nil); !errors.Is(err, none) || r.Header.Get("Authorization") != "" {
		t.Errorf("Authorize: %v, %v", err, r.Header)
	}
}
