package postgres_test

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/ledger/postgres"
)

// TestTLS: where a CA is given, the server is verified by it, and the connection is encrypted although the URI says that it be not.
func TestTLS(t *testing.T) {
	authority, other := storetest.NewAuthority(t), storetest.NewAuthority(t)
	server := storetest.Postgres(t, storetest.Certified(authority))
	plain := server.URI()
	if !strings.Contains(plain, "sslmode=disable") {
		t.Fatalf("the URI %s says nothing of TLS; this test wants it to refuse it", plain)
	}
	for name, tc := range map[string]struct {
		address stores.Address
		works   bool
	}{
		"CA":        {stores.Address{URI: plain, CA: authority.PEM}, true},
		"RotatedCA": {stores.Address{URI: plain, CA: other.PEM + authority.PEM}, true},
		"WrongCA":   {stores.Address{URI: plain, CA: other.PEM}, false},
		"WrongName": {stores.Address{URI: strings.Replace(plain, "127.0.0.1", "localhost", 1), CA: authority.PEM}, false},
		"OtherHosts": {stores.Address{
			URI: strings.Replace(plain, "@127.0.0.1", "@127.0.0.1:1,127.0.0.1", 1) + "&target_session_attrs=read-write", CA: authority.PEM,
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := postgres.New(t.Context(), postgres.Options{Address: tc.address})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			err = s.Migrate(t.Context())
			if tc.works != (err == nil) {
				t.Errorf("err = %v, want it to work: %v", err, tc.works)
			}
			if err != nil && strings.Contains(err.Error(), "correct-horse") {
				t.Errorf("the error quotes the password: %v", err)
			}
		})
	}
	encrypted(t, stores.Address{URI: plain, CA: authority.PEM})
}

// encrypted asks the server whether it sees the connection encrypted.
func encrypted(t *testing.T, a stores.Address) {
	t.Helper()
	config, err := stores.Postgres(a)
	if err != nil {
		t.Fatal(err)
	}
	connection, err := pgx.ConnectConfig(t.Context(), config.ConnConfig)
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close(t.Context())
	var ssl bool
	if err := connection.QueryRow(t.Context(), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").Scan(&ssl); err != nil {
		t.Fatal(err)
	}
	if !ssl {
		t.Error("the connection is not encrypted")
	}
}
