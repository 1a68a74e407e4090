package probe

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/redis/go-redis/v9"
)

// reason makes one short, repeatable phrase of an error: what drivers say holds addresses and ports that differ every time,
// and a status would change for ever.
func reason(ctx context.Context, err error) error {
	var refused *pgconn.PgError
	var dns *net.DNSError
	var network *net.OpError
	var answer redis.Error
	switch {
	case errors.As(err, &refused):
		return fmt.Errorf("%s (SQLSTATE %s)", refused.Message, refused.Code)
	case errors.As(err, &dns):
		return fmt.Errorf("no such host: %s", dns.Name)
	case errors.Is(err, redis.Nil):
		return errors.New("its Sentinels know none of that masterName")
	case errors.As(err, &answer):
		return answer
	case mistrusted(err) != "":
		return errors.New(mistrusted(err))
	case errors.Is(err, syscall.ECONNREFUSED):
		return errors.New("connection refused")
	case ctx.Err() != nil, late(err):
		return fmt.Errorf("no answer within %s", within)
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return errors.New("it takes no encrypted connection")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return errors.New("it closed the connection")
	case errors.As(err, &network):
		return network.Err
	default:
		return err
	}
}

// late says whether an error is that of a deadline.
func late(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}

// mistrusted says what is wrong with a server's certificate; empty where that is not what is wrong. The errors themselves quote the time.
func mistrusted(err error) string {
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &authority):
		return "its certificate is signed by an unknown authority"
	case errors.As(err, &name):
		return "its certificate is not valid for " + name.Host
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "its certificate has expired or is not valid yet"
	case errors.As(err, &invalid):
		return "its certificate is not valid"
	}
	return ""
}
