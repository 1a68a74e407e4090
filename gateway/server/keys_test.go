package server

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-logr/logr/funcr"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
)

func TestKeysOfAFile(t *testing.T) {
	liveKeys(t, startWithFile(t, model("chat", refusing(t, "a"))))
}

// liveKeys makes, asks about and deletes keys at a gateway, whatever store it has.
func liveKeys(t *testing.T, g *gateway) {
	t.Helper()
	made := g.generate(`{"key_alias":"Team A","rpm_limit":100,"duration":"30d","user_id":"ann","team_id":"a","metadata":{"a":1},"tags":["x"]}`)
	if len(made.Ignored) != 1 || made.Ignored[0] != "tags" {
		t.Errorf("ignored %v", made.Ignored)
	}
	if r := g.as(made.Key, http.MethodGet, "/v1/models", ""); r.StatusCode != http.StatusOK {
		t.Errorf("a key does not work once it was handed out: %d %s", r.StatusCode, r.body)
	}
	g.checkInfo(made)
	second := g.generate(`{"key_alias":"second"}`)
	r := g.post("/key/delete", fmt.Sprintf(`{"keys":[%q,%q],"key_aliases":["second"]}`, made.Key, made.Token))
	if want := fmt.Sprintf(`{"deleted_keys":[%q,%q]}`, made.Token, second.Token); r.StatusCode != http.StatusOK || r.body != want {
		t.Errorf("deleting: %d %s, want %s", r.StatusCode, r.body, want)
	}
	for _, key := range []string{made.Key, second.Key} {
		if r := g.as(key, http.MethodGet, "/v1/models", ""); r.StatusCode != http.StatusUnauthorized || r.code(t) != fault.CodeInvalidAPIKey {
			t.Errorf("a deleted key: %d %s", r.StatusCode, r.body)
		}
	}
	if r := g.get("/key/info?key=" + made.Token); r.StatusCode != http.StatusNotFound {
		t.Errorf("info about a deleted key: %d %s", r.StatusCode, r.body)
	}
}

// checkInfo asks about the key that liveKeys made, in every way.
func (g *gateway) checkInfo(made generated) {
	g.t.Helper()
	about := g.as(made.Key, http.MethodGet, "/key/info", "")
	for _, named := range []string{made.Key, made.Token} {
		if r := g.get("/key/info?key=" + named); r.StatusCode != http.StatusOK || r.body != about.body {
			g.t.Errorf("info by the master key: %d %s, by the key itself: %s", r.StatusCode, r.body, about.body)
		}
	}
	for _, want := range []string{
		`"key_alias":"Team A"`, `"rpm_limit":100`, `"user_id":"ann"`, `"team_id":"a"`, `"metadata":{"a":1}`, `"spend":0.25`,
		`"key":"` + made.Token + `"`,
	} {
		if !strings.Contains(about.body, want) {
			g.t.Errorf("info lacks %s: %s", want, about.body)
		}
	}
	if strings.Contains(about.body, made.Key) {
		g.t.Errorf("info holds the key: %s", about.body)
	}
}

func TestKeyManagementRefusals(t *testing.T) {
	g := startWithFile(t)
	taken := g.generate(`{"key_alias":"taken","key":"sk-0123456789-0123456789"}`)
	const generate, info, remove = "/key/generate", "/key/info", "/key/delete"
	for name, c := range map[string]struct {
		key, method, path, body string
		status                  int
		code                    string
	}{
		"GenerateWithoutMaster":  {taken.Key, http.MethodPost, generate, `{}`, 403, codeMasterOnly},
		"GenerateWithoutKey":     {"", http.MethodPost, generate, `{}`, 401, fault.CodeInvalidAPIKey},
		"DeleteWithoutMaster":    {taken.Key, http.MethodPost, remove, `{"keys":["` + taken.Token + `"]}`, 403, codeMasterOnly},
		"AskAboutAnother":        {taken.Key, http.MethodGet, info + "?key=" + issuedID(), "", 403, codeMasterOnly},
		"AskAboutUnknown":        {taken.Key, http.MethodGet, info + "?key=x", "", 403, codeMasterOnly},
		"GenerateByGet":          {testKey, http.MethodGet, generate, "", 405, codeMethodNotAllowed},
		"InfoByPost":             {testKey, http.MethodPost, info, "", 405, codeMethodNotAllowed},
		"TakenAlias":             {testKey, http.MethodPost, generate, `{"key_alias":"taken"}`, 400, codeKeyExists},
		"TakenKey":               {testKey, http.MethodPost, generate, `{"key":"` + taken.Key + `"}`, 400, codeKeyExists},
		"RepeatedField":          {testKey, http.MethodPost, generate, `{"models":["a"],"models":[]}`, 400, fault.CodeDuplicateKey},
		"LargeBody":              {testKey, http.MethodPost, generate, `{"metadata":{"a":"` + strings.Repeat("a", maxKeyBody) + `"}}`, 413, fault.CodeBodyTooLarge},
		"InfoAboutNothing":       {testKey, http.MethodGet, info, "", 400, fault.CodeMissingParameter},
		"InfoAboutTwo":           {testKey, http.MethodGet, info + "?key=a&key=b", "", 400, fault.CodeInvalidValue},
		"InfoAboutUnknown":       {testKey, http.MethodGet, info + "?key=sk-unknown", "", 404, codeKeyNotFound},
		"DeleteUnknown":          {testKey, http.MethodPost, remove, `{"keys":["` + taken.Token + `","sk-unknown"]}`, 404, codeKeyNotFound},
		"DeleteUnknownAlias":     {testKey, http.MethodPost, remove, `{"key_aliases":["unknown"]}`, 404, codeKeyNotFound},
		"DeleteNoAlias":          {testKey, http.MethodPost, remove, `{"key_aliases":[""]}`, 404, codeKeyNotFound},
		"DeleteAnothersObject":   {testKey, http.MethodPost, remove, `{"keys":["` + issuedKey + `"]}`, 403, codeKeyElsewhere},
		"DeleteNothing":          {testKey, http.MethodPost, remove, `{}`, 400, fault.CodeInvalidValue},
		"MasterKeyMadeAgain":     {testKey, http.MethodPost, generate, `{"key":"` + testKey + `-of-the-master"}`, 200, ""},
		"UnknownPathOfTheFamily": {testKey, http.MethodPost, "/key/update", `{}`, 404, fault.CodeUnknownPath},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.as(c.key, c.method, c.path, c.body)
			if r.StatusCode != c.status || c.code != "" && r.code(t) != c.code {
				t.Errorf("%d %s, want %d %s", r.StatusCode, r.body, c.status, c.code)
			}
			if c.status != http.StatusOK && strings.Contains(r.body, "sk-") {
				t.Errorf("the answer holds a key: %s", r.body)
			}
		})
	}
	if r := g.as(taken.Key, http.MethodGet, "/key/info", ""); r.StatusCode != http.StatusOK {
		t.Errorf("a refused deletion deleted something: %d %s", r.StatusCode, r.body)
	}
}

// TestKeyInfoAsksAboutTheQuery: the key that is asked about stands where Google's clients put the caller's.
func TestKeyInfoAsksAboutTheQuery(t *testing.T) {
	g := startWithFile(t)
	r := g.get("/key/info?key=" + issuedKey)
	if r.StatusCode != http.StatusOK || !strings.Contains(r.body, `"key":"`+issuedID()+`"`) {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	bare := g.request(http.MethodGet, "/key/info?key="+issuedKey, "")
	bare.Header.Del("Authorization")
	if r := g.do(bare); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("the key in the query lets in: %d %s", r.StatusCode, r.body)
	}
}

func TestKeysWithoutAStore(t *testing.T) {
	tb := &table{}
	tb.Store(withKeys(v1alpha1.KeysRequired))
	g := startWith(t, Options{Snapshots: tb})
	for _, path := range []string{"/key/generate", "/key/delete"} {
		if r := g.post(path, `{}`); r.StatusCode != http.StatusServiceUnavailable || r.code(t) != codeNoKeyStore {
			t.Errorf("%s: %d %s", path, r.StatusCode, r.body)
		}
	}
	if r := g.get("/key/info?key=" + issuedID()); r.StatusCode != http.StatusOK || !strings.Contains(r.body, `"spend":null`) {
		t.Errorf("info: %d %s", r.StatusCode, r.body)
	}
}

// TestKeysNeedTheMasterKey: a gateway that asks nobody for a key still hands none out.
func TestKeysNeedTheMasterKey(t *testing.T) {
	s := routes()
	s.KeysMode = v1alpha1.KeysOptional
	s.Keys.Master = [32]byte{}
	g := start(t, s)
	if r := g.post("/key/generate", `{}`); r.StatusCode != http.StatusUnauthorized {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

// TestNoKeyIsLogged plants a key and looks for it in all that the gateway writes.
func TestNoKeyIsLogged(t *testing.T) {
	const canary = "sk-canary-0123456789-0123456789"
	var written bytes.Buffer
	g := startWithFile(t)
	g.options.Log = funcr.New(func(prefix, args string) { written.WriteString(prefix + args) }, funcr.Options{Verbosity: 9})
	g.generate(`{"key":"` + canary + `"}`)
	g.get("/key/info?key=" + canary)
	answers := g.post("/key/delete", `{"keys":["`+canary+`"]}`).body + g.get("/key/info?key="+canary).body
	if all := written.String() + g.scrape() + answers; strings.Contains(all, "canary") {
		t.Errorf("the key is in:\n%s", all)
	}
}
