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
	src    io.ReadCloser
	limit  int64
	length int64
	model  string

	// reading is held by whoever waits for the client, perhaps for long. The scanner is theirs, and the room behind b.
	reading sync.Mutex
	scanner formScanner

	// mu guards what has arrived. It is held for a moment only: an answer must not wait for a client that stalls.
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
	if err := f.failed(); err != nil {
		return err
	}
	return fault.Invalid(fault.CodeMissingParameter, "model", "The form has no part 'model', which is required and names the model.")
}

// failed is why the form cannot be had from the client as a whole: a *fault.Error or ErrClientGone, or nil where nothing is known of
// the kind.
func (f *form) failed() error {
	_, err := f.arrived()
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	if fe, ok := errors.AsType[*fault.Error](err); ok {
		return fe
	}
	if errors.Is(err, errFormChanged) {
		return fault.Invalid(fault.CodeDuplicateKey, "model", "The form names the model twice.")
	}
	return readError(err)
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

// more reads the next piece from the client. f.reading is held, or nobody else knows of f yet.
func (f *form) more() {
	const piece = 32 << 10
	b := f.b
	if len(b) == cap(b) {
		b = append(b, make([]byte, piece)...)[:len(b)]
	}
	n, err := f.src.Read(b[len(b):cap(b)])
	b = b[:len(b)+n]
	if int64(len(b)) > f.limit {
		err = fault.BodyTooLarge(f.limit)
	} else if wrong := f.scanner.scan(b); wrong != nil {
		err = wrong
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.b, f.err = b, err
}

// arrived is what there is of the form, and what ended it.
func (f *form) arrived() ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.b, f.err
}

// beyond is what there is of the form as soon as that is more than n bytes, or what ended it before.
func (f *form) beyond(n int) ([]byte, error) {
	if b, _ := f.arrived(); len(b) > n {
		return b, nil
	}
	f.reading.Lock()
	defer f.reading.Unlock()
	for {
		switch b, err := f.arrived(); {
		case len(b) > n:
			return b, nil
		case err != nil:
			return nil, err
		}
		f.more()
	}
}

func (f *form) size() int64 {
	b, _ := f.arrived()
	return int64(len(b))
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
	if r.offset == r.at.start && r.named < len(r.model) {
		n := copy(p, r.model[r.named:])
		r.named += n
		return n, nil
	}
	if r.offset == r.at.start {
		r.offset = r.at.end
	}
	b, err := r.form.beyond(r.offset)
	if err != nil {
		return 0, err
	}
	if r.offset < r.at.start {
		b = b[:r.at.start]
	}
	n := copy(p, b[r.offset:])
	r.offset += n
	return n, nil
}

// Close does nothing: the client's body is closed by the server.
func (*formReader) Close() error { return nil }
