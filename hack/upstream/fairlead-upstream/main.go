// Command fairlead-upstream is a fake provider for tests and benchmarks, see package upstream.
package main

import (
	"context"
	"flag"
	"log"
	"os/signal"
	"syscall"
	"time"

	"github.com/fairlead-dev/fairlead/hack/upstream"
)

func main() {
	listen := flag.String("listen", ":8080", "address to listen on")
	interval := flag.Duration("interval", 50*time.Millisecond, "time between two tokens of a stream")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := upstream.Serve(ctx, *listen, *interval); err != nil {
		log.Fatal(err)
	}
}
