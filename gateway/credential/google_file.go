package credential

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// file is what is looked at in a credentials file, to know what using it would do.
// Sources: https://cloud.google.com/iam/docs/keys-create-delete, https://google.aip.dev/auth/4117
type file struct {
	Type             google.CredentialsType `json:"type"`
	PrivateKey       string                 `json:"private_key"`
	TokenURI         string                 `json:"token_uri"`
	TokenURL         string                 `json:"token_url"`
	ImpersonationURL string                 `json:"service_account_impersonation_url"`
	Project          string                 `json:"quota_project_id"`
	Source           struct {
		File string `json:"file"`
		// Environment comes before File for x/oauth2: it fetches from addresses that the file names.
		Environment string `json:"environment_id"`
	} `json:"credential_source"`
}

// Google returns an Authorizer for a credentials file of Google's: of a service account, or of an external account whose token is
// in a file. client makes the requests for tokens; its Timeout is shortened to half a minute.
//
// The file comes from whoever may write a Secret, so it is not trusted: the tokens of external accounts, which are read from this
// machine, go to Google only, and nothing is run or fetched to get one. Other types are refused.
func Google(credentialsJSON []byte, client *http.Client) (Authorizer, error) {
	var f file
	if json.Unmarshal(credentialsJSON, &f) != nil {
		return nil, errors.New("reading Google credentials: they are no JSON object of strings")
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("reading Google credentials: %w", err)
	}
	return &googleTokens{now: time.Now, project: f.Project, exchange: exchanger(client, func(ctx context.Context) (*google.Credentials, error) {
		return google.CredentialsFromJSONWithType(ctx, credentialsJSON, f.Type, scope)
	})}, nil
}

// GoogleAmbient returns an Authorizer for the identity that the platform gives the gateway: the file that
// GOOGLE_APPLICATION_CREDENTIALS names, or Google's metadata server. That there is none shows in Authorize.
// Source: https://cloud.google.com/docs/authentication/application-default-credentials
func GoogleAmbient(client *http.Client) Authorizer {
	return &googleTokens{now: time.Now, exchange: exchanger(client, func(ctx context.Context) (*google.Credentials, error) {
		c, err := google.FindDefaultCredentials(ctx, scope)
		if err != nil {
			return nil, errNone
		}
		return c, nil
	})}
}

// exchanger returns what gets a token. Each time the credentials are made anew: what x/oauth2 itself keeps of a token, it keeps too
// long. The client is bounded, because not all of its requests follow their context.
func exchanger(client *http.Client, find func(context.Context) (*google.Credentials, error)) func(context.Context) (*oauth2.Token, error) {
	return func(ctx context.Context) (*oauth2.Token, error) {
		c, t := *client, &recorder{next: client.Transport}
		c.Transport = t
		if c.Timeout == 0 || c.Timeout > exchangeTime {
			c.Timeout = exchangeTime
		}
		credentials, err := find(context.WithValue(ctx, oauth2.HTTPClient, &c))
		if err != nil {
			return nil, err
		}
		token, err := credentials.TokenSource.Token()
		return token, errors.Join(err, t.err)
	}
}

// recorder keeps why a request failed, of which x/oauth2 keeps the text only.
type recorder struct {
	next http.RoundTripper
	err  error
}

// RoundTrip makes one request.
func (t *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	resp, err := next.RoundTrip(r)
	if err != nil {
		t.err = &url.Error{Op: r.Method, Err: err}
	}
	return resp, err
}

func (f *file) check() error {
	switch f.Type {
	case google.ServiceAccount:
		return errors.Join(f.checkKey(), endpoint("token_uri", f.TokenURI))
	case google.ExternalAccount:
		if f.Source.File == "" || f.Source.Environment != "" {
			return errors.New("an external account needs its token in credential_source.file; other sources are not used")
		}
		return errors.Join(googles("token_url", "sts", f.TokenURL), impersonation(f.ImpersonationURL))
	}
	return fmt.Errorf("type %.40q is neither service_account nor external_account", f.Type)
}

// checkKey tells of a key that cannot be read when the credentials come, rather than with the first request.
func (f *file) checkKey() error {
	block, _ := pem.Decode([]byte(f.PrivateKey))
	if block == nil {
		return errors.New("private_key is not in PEM")
	}
	_, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if _, old := x509.ParsePKCS1PrivateKey(block.Bytes); err != nil && old != nil {
		return errors.New("private_key is no private key in PKCS #8 or PKCS #1")
	}
	return nil
}

// endpoint says whether a URL may be asked for tokens; the empty one means Google's.
func endpoint(name, text string) error {
	u, err := url.Parse(text)
	if err != nil || text != "" && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
		return fmt.Errorf("%s is no URL of a server", name)
	}
	return nil
}

func impersonation(text string) error {
	if text == "" {
		return nil
	}
	return googles("service_account_impersonation_url", "iamcredentials", text)
}

// googles says whether a URL is at one of Google's APIs, in a region or not. Others would do as well for whoever wants to read the file:
// anybody can have a bucket at storage.googleapis.com.
func googles(name, service, text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.User != nil || !isService(u.Host, service) {
		return fmt.Errorf("%s is not at %s.googleapis.com", name, service)
	}
	return nil
}

// isService says whether a host is `sts.googleapis.com` or `sts.europe-west3.rep.googleapis.com`, for sts.
func isService(host, service string) bool {
	const domain = ".googleapis.com"
	if host == service+domain {
		return true
	}
	region, before := strings.CutPrefix(host, service+".")
	region, behind := strings.CutSuffix(region, ".rep"+domain)
	return before && behind && region != "" && strings.Trim(region, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
