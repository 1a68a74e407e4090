package compile_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// compileWith compiles a provider of a type whose Secret holds value.
func compileWith(upstream v1alpha1.ProviderType, value string) compile.ProviderResult {
	p := &v1alpha1.ModelProvider{Spec: v1alpha1.ModelProviderSpec{
		Type: upstream, Auth: &v1alpha1.Auth{SecretRef: &v1alpha1.SecretKeyReference{Name: "s", Key: "k"}},
	}}
	p.Namespace, p.Name = "ai", "p"
	switch upstream {
	case v1alpha1.ProviderVertexAI:
		p.Spec.VertexAI = &v1alpha1.VertexAI{Project: "p", Location: "l"}
	case v1alpha1.ProviderBedrock:
		p.Spec.Bedrock = &v1alpha1.Bedrock{Region: "r"}
	}
	return compile.Provider(compile.ProviderInput{Provider: p, Secrets: compile.Secrets{"s": {"k": []byte(value)}}})
}

// serviceAccount returns the key file of a Google service account with some of its fields changed; nil takes one away.
func serviceAccount(t *testing.T, change map[string]any) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return changed(t, map[string]any{
		"type": "service_account", "client_email": "canary@p.iam.gserviceaccount.com", "token_uri": "https://oauth2.googleapis.com/token",
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	}, change)
}

// externalAccount does the same for a configuration of workload identity federation.
func externalAccount(t *testing.T, change map[string]any) string {
	t.Helper()
	return changed(t, map[string]any{
		"type": "external_account", "audience": "//iam.googleapis.com/canary", "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
		"token_url": "https://sts.googleapis.com/v1/token", "credential_source": map[string]any{"file": "/var/run/canary"},
	}, change)
}

func changed(t *testing.T, fields, change map[string]any) string {
	t.Helper()
	maps.Copy(fields, change)
	maps.DeleteFunc(fields, func(_ string, v any) bool { return v == nil })
	encoded, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// TestCredentials: what the Secret of each type of provider may hold, and what is said of anything else.
func TestCredentials(t *testing.T) {
	const (
		vertex, bedrock = v1alpha1.ProviderVertexAI, v1alpha1.ProviderBedrock
		keys            = "[default]\naws_access_key_id=canary\naws_secret_access_key=canary\n"
	)
	with := func(k string, v any) map[string]any { return map[string]any{k: v} }
	for name, tc := range map[string]struct {
		upstream v1alpha1.ProviderType
		value    string
		kind     v1alpha1.CredentialType
		mistake  string
	}{
		"Key":                 {v1alpha1.ProviderAnthropic, " canary\n", v1alpha1.CredentialAPIKey, ""},
		"KeyOfTwoLines":       {v1alpha1.ProviderAnthropic, "canary\ncanary", "", "no HTTP header may carry"},
		"ServiceAccount":      {vertex, serviceAccount(t, nil), v1alpha1.CredentialGoogleCredentials, ""},
		"FakeTokenServer":     {vertex, serviceAccount(t, with("token_uri", "http://127.0.0.1:80/token")), v1alpha1.CredentialGoogleCredentials, ""},
		"ExternalAccount":     {vertex, externalAccount(t, nil), v1alpha1.CredentialGoogleCredentials, ""},
		"RegionalTokenServer": {vertex, externalAccount(t, with("token_url", "https://sts.europe-west4.rep.googleapis.com/v1/token")), v1alpha1.CredentialGoogleCredentials, ""},
		"VertexKey":           {vertex, "canary", "", "it is no JSON object of Google credentials"},
		"JSONList":            {vertex, `["canary"]`, "", "it is no JSON object of Google credentials"},
		"User":                {vertex, `{"type": "authorized_user", "refresh_token": "canary"}`, "", `its "type" is neither service_account nor external_account`},
		"NoEmail":             {vertex, serviceAccount(t, with("client_email", nil)), "", `it has no "client_email"`},
		"NoPrivateKey":        {vertex, serviceAccount(t, with("private_key", nil)), "", `its "private_key" is no private key in PEM`},
		"BrokenPrivateKey": {
			vertex, serviceAccount(t, with("private_key", "-----BEGIN PRIVATE KEY-----\nY2FuYXJ5\n-----END PRIVATE KEY-----\n")),
			"", `its "private_key" is no private key in PEM`,
		},
		"TokenURIRelative":    {vertex, serviceAccount(t, with("token_uri", "/canary")), "", `its "token_uri" is no absolute http or https URL`},
		"NoAudience":          {vertex, externalAccount(t, with("audience", nil)), "", `it has no "audience"`},
		"NoSource":            {vertex, externalAccount(t, with("credential_source", nil)), "", `it has no "credential_source"`},
		"ForeignTokenServer":  {vertex, externalAccount(t, with("token_url", "https://canary.example/token")), "", "is not on https://sts.googleapis.com"},
		"BucketAsTokenServer": {vertex, externalAccount(t, with("token_url", "https://sts.storage.googleapis.com/token")), "", "is not on https://sts.googleapis.com"},
		"PlainTokenServer":    {vertex, externalAccount(t, with("token_url", "http://sts.googleapis.com/v1/token")), "", "is not on https://sts.googleapis.com"},
		"ForeignImpersonation": {
			vertex, externalAccount(t, with("service_account_impersonation_url", "https://canary.example")), "", "is not on https://iamcredentials.googleapis.com",
		},
		"Program": {
			vertex, externalAccount(t, with("credential_source", with("executable", with("command", "/bin/canary")))), "", "which the gateway does not run",
		},
		"Fetched": {
			vertex, externalAccount(t, with("credential_source", with("url", "http://canary"))), "", "is no file",
		},
		"FetchedWithAFile": {
			vertex, externalAccount(t, with("credential_source", map[string]any{"file": "/var/run/canary", "environment_id": "aws1"})), "", "is no file",
		},
		"AWSKeys":           {bedrock, keys, v1alpha1.CredentialAWSCredentials, ""},
		"AWSSession":        {bedrock, "[other]\nx = canary\n" + keys + "AWS_Session_Token = canary==\r\n; canary\n", v1alpha1.CredentialAWSCredentials, ""},
		"BedrockKey":        {bedrock, "bedrock-api-key-canary==\n", v1alpha1.CredentialAPIKey, ""},
		"BedrockKeyInWords": {bedrock, "canary canary", "", "neither a Bedrock API key"},
		"AWSJSON":           {bedrock, `{"AccessKeyId":"canary"}`, "", "neither a Bedrock API key"},
		"AWSNoProfile":      {bedrock, "aws_access_key_id=canary\naws_secret_access_key=canary", "", "its [default] has no aws_access_key_id"},
		"AWSNoSecretKey":    {bedrock, "[default]\naws_access_key_id=canary\naws_secret_access_key=", "", "its [default] has no aws_secret_access_key"},
		"AWSProgram":        {bedrock, keys + "credential_process=/bin/canary", "", "an entry other than"},
		"AWSNoEntry":        {bedrock, keys + "canary", "", "neither a [profile] nor name = value"},
	} {
		t.Run(name, func(t *testing.T) {
			result := compileWith(tc.upstream, tc.value)
			if tc.mistake == "" {
				if result.ResolvedRefs != nil || result.Endpoint == nil {
					t.Fatalf("refused: %+v", result.ResolvedRefs)
				}
				if got := result.Endpoint.CredentialType; got != tc.kind {
					t.Errorf("credentialType = %s, want %s", got, tc.kind)
				}
				return
			}
			problem := result.ResolvedRefs
			if problem == nil || problem.Reason != v1alpha1.ReasonInvalid || !strings.Contains(problem.Message, tc.mistake) {
				t.Fatalf("problem = %+v, want %s with %q", problem, v1alpha1.ReasonInvalid, tc.mistake)
			}
			if result.Endpoint != nil || strings.Contains(problem.Message, "canary") {
				t.Errorf("endpoint = %v, message = %q: want none, and nothing of the value", result.Endpoint, problem.Message)
			}
		})
	}
}

// FuzzCredential: whatever a Secret holds, it is either refused or usable, and what is taken for an API key fits into a header.
func FuzzCredential(f *testing.F) {
	for _, seed := range []string{
		"sk-1", "a\nb", "[default]\naws_access_key_id=a\naws_secret_access_key=b", "[default", "[default]\n=", "aws_", `{"type":"service_account"}`,
		`{"type":"external_account","audience":"a","subject_token_type":"b","token_url":"https://sts.googleapis.com/","credential_source":{}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, upstream := range []v1alpha1.ProviderType{v1alpha1.ProviderOpenAI, v1alpha1.ProviderVertexAI, v1alpha1.ProviderBedrock} {
			result := compileWith(upstream, value)
			if diff := cmp.Diff(result, compileWith(upstream, value)); diff != "" {
				t.Errorf("%s: two runs differ:\n%s", upstream, diff)
			}
			if (result.ResolvedRefs == nil) != (result.Endpoint != nil) {
				t.Errorf("%s: problem = %v, endpoint = %v: want one of the two", upstream, result.ResolvedRefs, result.Endpoint)
			}
			if result.Endpoint == nil || result.Endpoint.CredentialType != v1alpha1.CredentialAPIKey {
				continue
			}
			if strings.ContainsFunc(strings.TrimSpace(value), func(r rune) bool { return r < 0x20 || r > 0x7e }) {
				t.Errorf("%s: %q was taken for an API key", upstream, value)
			}
		}
	})
}
