package proxy

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

const boundary = "xyz"

// formOf is a form of parts, each its headers, an empty line and its content.
func formOf(parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n" + strings.ReplaceAll(p, "\n", "\r\n") + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

func formRequest(t *testing.T, body io.Reader) *http.Request {
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/audio/transcriptions", body)
	r.Header.Set("Content-Type", `multipart/form-data; boundary="`+boundary+`"`)
	return r
}

const (
	modelPart = "Content-Disposition: form-data; name=\"model\"\n\nwhisper"
	filePart  = "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\nContent-Type: audio/wav\n\nRIFF\x00\r\n--xy\xff model"
	emptyPart = "Content-Disposition: form-data; name=\"prompt\"\n\n"
)

func TestForm(t *testing.T) {
	cases := map[string]struct {
		body, want string
		status     int
	}{
		"ModelFirst": {body: formOf(modelPart, filePart)},
		"ModelLast":  {body: formOf(filePart, emptyPart, modelPart)},
		"Preamble":   {body: "to be ignored\r\n" + formOf(filePart, modelPart)},
		"NoModel":    {body: formOf(filePart), status: 400},
		"EmptyModel": {body: formOf(strings.TrimSuffix(modelPart, "whisper")), status: 400},
		"LongModel":  {body: formOf(modelPart + strings.Repeat("x", 1000)), status: 400},
		"TwoModels":  {body: formOf(modelPart, modelPart), status: 400},
		"BadHeader":  {body: formOf("Content-Disposition: form-data; name=\"model\"; name=\"file\"\n\nx"), status: 400},
		"Empty":      {body: "", status: 400},
		"BareLF":     {body: strings.ReplaceAll(formOf(modelPart), "\r\n", "\n") + "\r\n\r\n" + formOf(modelPart), status: 400},
		"LFPreamble": {body: "x\n" + formOf(strings.Replace(modelPart, "whisper", "other", 1), modelPart), status: 400},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			for _, src := range []io.Reader{strings.NewReader(c.body), iotest.OneByteReader(strings.NewReader(c.body))} {
				f, err := readForm(formRequest(t, src), 1<<20)
				if err != nil {
					if fe, ok := errors.AsType[*fault.Error](err); !ok || fe.Status != c.status {
						t.Fatalf("readForm: %v, want status %d", err, c.status)
					}
					continue
				}
				if c.status == 0 {
					checkForm(t, f, c.body)
					continue
				}
				// What comes after the model is found out while it is being sent.
				if _, err := io.ReadAll(f.outbound("m").open()); err == nil {
					t.Error("the form was accepted")
				}
			}
		})
	}
}

// checkForm reads a form twice, as two targets would be sent it: every byte but the model is the client's.
func checkForm(t *testing.T, f *form, body string) {
	t.Helper()
	if f.model != "whisper" {
		t.Fatalf("model %q", f.model)
	}
	for _, model := range []string{"whisper-large-v3", "w"} {
		out := f.outbound(model)
		got, err := io.ReadAll(out.open())
		if err != nil {
			t.Fatalf("reading: %v", err)
		}
		if diff := cmp.Diff(strings.Replace(body, "whisper", model, 1), string(got)); diff != "" {
			t.Errorf("form: -want +got\n%s", diff)
		}
		if out.length >= 0 && out.length != int64(len(got)) {
			t.Errorf("length %d, want %d", out.length, len(got))
		}
	}
}

func TestFormRefuses(t *testing.T) {
	r := formRequest(t, strings.NewReader("{}"))
	r.Header.Set("Content-Type", "application/json")
	if _, err := readForm(r, 1<<20); statusOf(err) != http.StatusUnsupportedMediaType {
		t.Errorf("JSON: %v", err)
	}
	large := formOf(filePart+strings.Repeat("x", 2<<20), modelPart)
	if _, err := readForm(formRequest(t, strings.NewReader(large)), 1<<20); statusOf(err) != http.StatusRequestEntityTooLarge {
		t.Errorf("announced too large: %v", err)
	}
	r = formRequest(t, io.MultiReader(strings.NewReader(large)))
	r.ContentLength = -1
	if _, err := readForm(r, 1<<20); statusOf(err) != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %v", err)
	}
}

func statusOf(err error) int {
	if fe, ok := errors.AsType[*fault.Error](err); ok {
		return fe.Status
	}
	return 0
}

// TestFormStreams: what has arrived is passed on while the rest is still on its way.
func TestFormStreams(t *testing.T) {
	body := formOf(modelPart, filePart+strings.Repeat("x", 1<<20))
	src, client := io.Pipe()
	go func() { _, _ = io.WriteString(client, body[:100]) }()
	f, err := readForm(formRequest(t, src), 4<<20)
	if err != nil {
		t.Fatalf("readForm: %v", err)
	}
	upstream := f.outbound("whisper").open()
	first := make([]byte, 90)
	if _, err := io.ReadFull(upstream, first); err != nil || !bytes.Equal(first, []byte(body[:90])) {
		t.Fatalf("before the client is done: %q, %v", first, err)
	}
	go func() {
		_, _ = io.WriteString(client, body[100:])
		client.Close()
	}()
	rest, err := io.ReadAll(upstream)
	if err != nil || string(first)+string(rest) != body {
		t.Errorf("the rest: %d bytes, %v", len(rest), err)
	}
}

// FuzzForm checks that the places where a form is cut do not matter, and that nothing but the model changes.
func FuzzForm(f *testing.F) {
	f.Add(formOf(modelPart, filePart), uint8(3))
	f.Add(formOf(filePart, emptyPart, modelPart), uint8(1))
	f.Fuzz(func(t *testing.T, body string, size uint8) {
		read := func(src io.Reader) (string, string) {
			form, err := readForm(formRequest(t, src), 1<<20)
			if err != nil {
				return "", err.Error()
			}
			got, err := io.ReadAll(form.outbound("m\x00m").open())
			if err != nil {
				return "", err.Error()
			}
			return string(got), ""
		}
		whole, failed := read(strings.NewReader(body))
		pieces, failedToo := read(&chunks{rest: body, size: 1 + int(size)})
		if failed == "" && failedToo == "" && whole != pieces {
			t.Errorf("whole %q, in pieces %q", whole, pieces)
		}
		if (failed == "") != (failedToo == "") {
			t.Errorf("whole %q, in pieces %q", failed, failedToo)
		}
	})
}

// chunks gives its text in pieces.
type chunks struct {
	rest string
	size int
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.rest == "" {
		return 0, io.EOF
	}
	n := copy(p, c.rest[:min(c.size, len(c.rest))])
	c.rest = c.rest[n:]
	return n, nil
}
