package proxy

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// intake is what a client sent: a JSON document that is here as a whole, or a form that may still be arriving.
type intake struct {
	body *body
	scan *jsonscan.Request
	form *form
}

// take reads a request as far as routing needs it. The error is a *fault.Error or ErrClientGone.
func (p *Proxy) take(w http.ResponseWriter, r *http.Request, call *protocol.Call, svc *protocol.Service) (*intake, error) {
	if svc.Scan == nil {
		f, err := readForm(r, p.maxBody)
		if err != nil {
			return nil, err
		}
		// Where the answer begins before the form has arrived, net/http would read the rest of it away from the upstream, and wait
		// for that. A writer that cannot be told so is one of a test.
		_ = http.NewResponseController(w).EnableFullDuplex()
		return &intake{form: f}, nil
	}
	b, err := p.bodies.read(r, p.maxBody)
	if err != nil {
		return nil, err
	}
	spec := *svc.Scan
	spec.Model = spec.Model && call.Model == ""
	scan, err := jsonscan.Scan(&spec, b.b)
	if err != nil {
		b.release()
		return nil, fmt.Errorf("scanning the request: %w", err)
	}
	return &intake{body: b, scan: scan}, nil
}

func (in *intake) model() string {
	if in.form != nil {
		return in.form.model
	}
	return in.scan.Model
}

func (in *intake) stream() bool { return in.scan != nil && in.scan.Stream }

// arriving says whether there is more of the request than has been read.
func (in *intake) arriving() bool {
	if in.form == nil {
		return false
	}
	_, err := in.form.arrived()
	return !errors.Is(err, io.EOF)
}

// size is what has been read of the request, in bytes.
func (in *intake) size() int64 {
	if in.form != nil {
		return in.form.size()
	}
	return int64(len(in.body.b))
}

func (in *intake) release() {
	if in.body != nil {
		in.scan.Body = nil
		in.body.release()
	}
}

// outbound is a body for a transport.
type outbound struct {
	// open makes a reader from the start, as often as it is called.
	open func() io.ReadCloser
	// length in bytes, or -1 where it is not known yet.
	length int64
	// pieces are the body where it is in memory, for what has to sign it.
	pieces [][]byte
}
