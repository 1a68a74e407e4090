// Command fairlead-registry is a model registry with tiny models in it, for
// clusters without internet and for tests:
//
//	fairlead-registry -addr :5000
//	ollama pull --insecure HOST:5000/library/llama3.2:3b
//
// It makes the models when it starts, in about a second, and keeps them in
// memory. Defects can be asked for with flags; see -help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/fairlead-dev/fairlead/hack/models"
	"github.com/fairlead-dev/fairlead/hack/registry"
)

func main() {
	addr := flag.String("addr", ":5000", "listen address")
	var faults registry.Faults
	flag.IntVar(&faults.Rate, "rate", 0, "bytes per second of each blob (0: no limit)")
	flag.IntVar(&faults.Status, "fail", 0, "answer every GET of a blob with this HTTP status")
	flag.IntVar(&faults.Cut, "cut", 0, "drop the connection after this many bytes of each blob answer")
	flag.BoolVar(&faults.Corrupt, "corrupt", false, "change the first byte of every blob")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *addr, faults); err != nil {
		slog.Error("fairlead-registry ended", "error", err)
		os.Exit(1)
	}
}

// serve answers requests until ctx ends.
func serve(ctx context.Context, addr string, faults registry.Faults) error {
	store, err := models.NewStore(models.All())
	if err != nil {
		return err
	}
	server := &http.Server{Addr: addr, Handler: logged(registry.New(store, faults)), ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	slog.Info("serving models", "address", addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving on %s: %w", addr, err)
	}
	return nil
}

// logged writes a line for each request that it passes on.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		slog.Info("request", "method", r.Method, "path", r.URL.Path, "range", r.Header.Get("Range"))
		next.ServeHTTP(w, r)
	})
}
