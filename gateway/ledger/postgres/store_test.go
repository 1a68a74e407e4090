package postgres_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/gateway/internal/storetest"
	"github.com/fairlead-dev/fairlead/gateway/ledger"
	"github.com/fairlead-dev/fairlead/gateway/ledger/internal/contract"
	"github.com/fairlead-dev/fairlead/gateway/ledger/postgres"
)

func newStore(t *testing.T, uri string) *postgres.Store {
	t.Helper()
	s, err := postgres.New(t.Context(), postgres.Options{Address: stores.Address{URI: uri}, Gateway: "test/main", Replica: "main-0", RetentionMonths: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestContract(t *testing.T) {
	server := storetest.Postgres(t)
	var n atomic.Int32
	contract.Run(t, func(t *testing.T) ledger.Store {
		return newStore(t, server.NewDatabase(t, "contract_"+string('a'+n.Add(1))))
	})
}

func TestNewKeepsThePasswordToItself(t *testing.T) {
	for _, uri := range []string{"postgres://u:hunter2@[::1/db", "host=x password=hunter2 port=y", "mysql://u:hunter2@h/db", "\x00hunter2"} {
		s, err := postgres.New(t.Context(), postgres.Options{Address: stores.Address{URI: uri}})
		if err == nil {
			s.Close()
			t.Errorf("%q: want an error", uri)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error quotes the password: %v", err)
		}
	}
}
