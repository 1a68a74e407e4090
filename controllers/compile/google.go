package compile

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/url"
	"regexp"
)

// googleFile is a Google credentials file: a service account's key, or what an identity of another cloud is exchanged with.
// Sources: https://docs.cloud.google.com/iam/docs/keys-create-delete, https://google.aip.dev/auth/4117
type googleFile struct {
	Type string `json:"type"`

	ClientEmail string `json:"client_email"`
	PrivateKey  string `json:"private_key"`
	TokenURI    string `json:"token_uri"`

	Audience         string        `json:"audience"`
	SubjectTokenType string        `json:"subject_token_type"`
	TokenURL         string        `json:"token_url"`
	ImpersonationURL string        `json:"service_account_impersonation_url"`
	CredentialSource *googleSource `json:"credential_source"`
}

// googleSource is where an external account takes the token from that it exchanges.
type googleSource struct {
	Executable  json.RawMessage `json:"executable"`
	File        string          `json:"file"`
	Environment string          `json:"environment_id"`
}

// googleToken and googleIAM are the only hosts that an external account's tokens may go to. The file says which file of the
// gateway Pod is sent there, so another host could be used to read what is nobody else's business.
var (
	googleToken = regexp.MustCompile(`^sts\.([a-z0-9-]+\.rep\.)?googleapis\.com$`)
	googleIAM   = regexp.MustCompile(`^iamcredentials\.([a-z0-9-]+\.rep\.)?googleapis\.com$`)
)

// googleMistake says what keeps value from being used as a Google credentials file; empty where nothing does. It shows nothing
// of the value.
func googleMistake(value []byte) string {
	var f googleFile
	if err := json.Unmarshal(value, &f); err != nil {
		return "it is no JSON object of Google credentials; give the key file of a service account as it was downloaded"
	}
	switch f.Type {
	case "service_account":
		return f.serviceAccountMistake()
	case "external_account":
		return f.externalAccountMistake()
	}
	return `its "type" is neither service_account nor external_account`
}

func (f *googleFile) serviceAccountMistake() string {
	switch {
	case f.ClientEmail == "":
		return `it has no "client_email"`
	case !isPrivateKey(f.PrivateKey):
		return `its "private_key" is no private key in PEM`
	case f.TokenURI != "" && !isWebURL(f.TokenURI):
		return `its "token_uri" is no absolute http or https URL`
	}
	return ""
}

func (f *googleFile) externalAccountMistake() string {
	switch {
	case f.Audience == "" || f.SubjectTokenType == "":
		return `it has no "audience" or no "subject_token_type"`
	case !isGoogleURL(f.TokenURL, googleToken):
		return `its "token_url" is not on https://sts.googleapis.com`
	case f.ImpersonationURL != "" && !isGoogleURL(f.ImpersonationURL, googleIAM):
		return `its "service_account_impersonation_url" is not on https://iamcredentials.googleapis.com`
	case f.CredentialSource == nil:
		return `it has no "credential_source"`
	case len(f.CredentialSource.Executable) > 0:
		return `its "credential_source" is a program, which the gateway does not run`
	case f.CredentialSource.File == "" || f.CredentialSource.Environment != "":
		return `its "credential_source" is no file; the gateway fetches nothing from elsewhere to get a token`
	}
	return ""
}

func isPrivateKey(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	if _, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		return true
	}
	_, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return err == nil
}

func isGoogleURL(text string, host *regexp.Regexp) bool {
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "https" && u.User == nil && host.MatchString(u.Host)
}

func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}
