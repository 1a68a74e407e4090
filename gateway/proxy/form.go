package proxy

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"sync"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
)

const typeForm = "multipart/form-data"

// errFormChanged ends a form that turned out to name two models after a part of it had been sent: the upstream could read the other
// one. The request is cut off, so that no upstream can take it for whole.
var errFormChanged = errors.New("the form names the model twice")

// form is a request of several parts, most of it a file. It is passed on while it arrives: routing reads no further than to the
// part that names the model. What has arrived is kept, at most the limit of a body, so that another target can be sent all of it.
type form struct {
	src     io.ReadCloser
	limit   int64
	length  int64
	scanner formScanner
	model   string

	mu  sync.Mutex
	b   []byte
	err error
}

// readForm reads a form up to its model. The error is a *fault.Error or ErrClientGone.
func readForm(r *http.Request, limit int64) (*form, error) {
	if err := checkEncoding(r.Header); err != nil {
		return nil, err
	}
	if r.ContentLength > limit {
		return nil, fault.BodyTooLarge(limit)
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get(headerType))
	if err != nil || kind != typeForm || params["boundary"] == "" {
		return nil, &fault.Error{
			Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type",
			Message: "The request body must be multipart/form-data with a boundary, and its Content-Type must say so.",
		}
	}
	f := &form{src: r.Body, limit: limit, length: r.ContentLength, scanner: newFormScanner(params["boundary"])}
	for f.scanner.model == nil && f.err == nil {
		f.more()
	}
	if f.scanner.model == nil {
		return nil, f.without()
	}
	f.model = string(f.b[f.scanner.model.start:f.scanner.model.end])
	return f, checkName(f.model)
}

// without says why there is no model.
func (f *form) without() error {
	if errors.Is(f.err, io.EOF) {
		return fault.Invalid(fault.CodeMissingParameter, "model", "The form has no part 'model', which is required and names the model.")
	}
	if fe, ok := errors.AsType[*fault.Error](f.err); ok {
		return fe
	}
	if errors.Is(f.err, errFormChanged) {
		return fault.Invalid(fault.CodeDuplicateKey, "model", "The form names the model twice.")
	}
	return readError(f.err)
}

func checkName(model string) error {
	switch {
	case model == "":
		return fault.Invalid(fault.CodeInvalidValue, "model", "'model' must name a model, but it is empty.")
	case len(model) > jsonscan.MaxModelBytes:
		return fault.Invalid(fault.CodeInvalidValue, "model",
			"'model' must be at most %d bytes long, but it has %d.", jsonscan.MaxModelBytes, len(model))
	}
	return nil
}

// more reads the next piece from the client. f.mu is held, or nobody else knows of f yet.
func (f *form) more() {
	const piece = 32 << 10
	if len(f.b) == cap(f.b) {
		f.b = append(f.b, make([]byte, piece)...)[:len(f.b)]
	}
	n, err := f.src.Read(f.b[len(f.b):cap(f.b)])
	f.b = f.b[:len(f.b)+n]
	f.err = err
	if int64(len(f.b)) > f.limit {
		f.err = fault.BodyTooLarge(f.limit)
		return
	}
	if err := f.scanner.scan(f.b); err != nil {
		f.err = err
	}
}

func (f *form) size() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.b))
}

// outbound is the form with only the model replaced.
func (f *form) outbound(model string) outbound {
	at := *f.scanner.model
	length := int64(-1)
	if f.length >= 0 {
		length = f.length + int64(len(model)-(at.end-at.start))
	}
	return outbound{length: length, open: func() io.ReadCloser { return &formReader{form: f, model: model, at: at} }}
}

// formReader is one pass over a form.
type formReader struct {
	form  *form
	model string
	at    span
	// offset into the form as it arrived, and into the model that stands in.
	offset, named int
}

// Read returns what has arrived, and waits for more where that is all.
func (r *formReader) Read(p []byte) (int, error) {
	f := r.form
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.offset == r.at.start && r.named < len(r.model) {
		n := copy(p, r.model[r.named:])
		r.named += n
		return n, nil
	}
	if r.offset == r.at.start {
		r.offset = r.at.end
	}
	for r.offset == len(f.b) {
		if f.err != nil {
			return 0, f.err
		}
		f.more()
	}
	end := len(f.b)
	if r.offset < r.at.start {
		end = r.at.start
	}
	n := copy(p, f.b[r.offset:end])
	r.offset += n
	return n, nil
}

// Close does nothing: the client's body is closed by the server.
func (*formReader) Close() error { return nil }
