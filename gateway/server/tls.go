package server

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
)

var errNoCertificate = errors.New("there is no certificate to show")

// codePlainText is the code of the answer to a request that came without TLS where TLS is wanted.
const codePlainText = "https_required"

// front is the listener of the data port. Whether a connection is one of TLS is decided when it is accepted, so that the spec of a
// Gateway may say the one and then the other while it serves.
type front struct {
	net.Listener
	wanted func() bool
	config *tls.Config
}

// Accept returns the next connection. The handshake comes with the first read, in the connection's own goroutine.
func (f *front) Accept() (net.Conn, error) {
	c, err := f.Listener.Accept()
	if err != nil || !f.wanted() {
		return c, err
	}
	return tls.Server(c, f.config), nil
}

// front wraps the listener of the data port.
func (s *Server) front(data net.Listener) *front {
	return &front{Listener: data, wanted: s.secured, config: &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			if c := s.certificate(); c != nil {
				return c, nil
			}
			return nil, errNoCertificate
		},
	}}
}

// secured says whether clients have to use TLS. It does not depend on there being a certificate: a gateway that has lost its own
// refuses connections, and never goes over to plain text.
func (s *Server) secured() bool {
	if s.options.Certificate != nil {
		return true
	}
	snap := s.options.Snapshots.Load()
	return snap != nil && snap.Config.TLS
}

// certificate is what clients see, nil where there is nothing to show.
func (s *Server) certificate() *tls.Certificate {
	if s.options.Certificate != nil {
		return s.options.Certificate()
	}
	if snap := s.options.Snapshots.Load(); snap != nil {
		return snap.Certificate
	}
	return nil
}

// certificateEnd is when the certificate expires; zero where there is none.
func (s *Server) certificateEnd() time.Time {
	if c := s.certificate(); c != nil && c.Leaf != nil && s.secured() {
		return c.Leaf.NotAfter
	}
	return time.Time{}
}

// plain says whether a request came in plain text although TLS is wanted: on a connection that is older than the wish.
func (s *Server) plain(r *http.Request) bool { return r.TLS == nil && s.secured() }

// errPlainText does not serve a request that anybody on the way could read.
func errPlainText() error {
	return &fault.Error{
		Status: http.StatusBadRequest, Code: codePlainText,
		Message: "This gateway answers over https only. The request came in plain text; replace the key that it brought.",
	}
}
