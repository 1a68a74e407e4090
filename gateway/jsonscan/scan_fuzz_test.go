package jsonscan

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan/corpus"
)

// strict is what a reader that is known to be strict says of a body: one value, no key twice, valid UTF-8.
func strict(body []byte) error {
	dec := jsontext.NewDecoder(bytes.NewReader(body))
	if _, err := dec.ReadValue(); err != nil {
		return err
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

// FuzzScan holds the scanner against two other readers: what it accepts, both accept and read alike; what it refuses as JSON,
// the strict one refuses too.
func FuzzScan(f *testing.F) {
	all, err := corpus.Read(os.DirFS("testdata/bad"))
	if err != nil {
		f.Fatal(err)
	}
	for i, c := range all {
		if i%10 == 0 {
			f.Add(c.Body)
		}
	}
	f.Add([]byte(`{"model":"ll\u0061ma3\ud83d\ude00","prompt":["x",-1.5e+7],"input":"ü","messages":[{"role":"user"}],"stream":true,` +
		`"stream_options":{"include_usage":true},"tools":[{"a":{},"b":[null,true]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for op, spec := range specs {
			req, err := Scan(spec, body)
			if err == nil {
				agree(t, body, req)
				continue
			}
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || !utf8.ValidString(e.Message) {
				t.Fatalf("%s: Scan: %#v", op, err)
			}
			switch e.Code {
			case fault.CodeInvalidJSON, fault.CodeDuplicateKey, fault.CodeInvalidUTF8:
				if strict(body) == nil && bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
					t.Errorf("%s: Scan refuses what is good: %v", op, e)
				}
			}
		}
	})
}

// agree checks that other readers see what the scanner saw.
func agree(t *testing.T, body []byte, req *Request) {
	t.Helper()
	if err := strict(body); err != nil {
		t.Errorf("accepted, but a strict reader says: %v", err)
	}
	var doc struct {
		Model  string
		Stream bool
	}
	if err := json.Unmarshal(body, &doc); err != nil {
		t.Fatalf("accepted, but encoding/json says: %v", err)
	}
	if doc.Model != req.Model || doc.Stream != req.Stream {
		t.Errorf("scanned %q %v, but encoding/json reads %+v", req.Model, req.Stream, doc)
	}
	var model string
	if err := json.Unmarshal(body[req.ModelStart:req.ModelEnd], &model); err != nil || model != req.Model {
		t.Errorf("the place of the model holds %q", body[req.ModelStart:req.ModelEnd])
	}
}
