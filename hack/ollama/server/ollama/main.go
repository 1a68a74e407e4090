// Command ollama is Ollama without what a gateway test has no use for.
//
// It links the HTTP server and the llama.cpp runner of the upstream module and
// leaves out the terminal interface, the image generator and the editors'
// integrations that the upstream command carries, which makes it much quicker to
// build. API, model store, scheduler, templates and inference are upstream's own.
package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/ollama/ollama/envconfig"
	"github.com/ollama/ollama/runner/llamarunner"
	"github.com/ollama/ollama/server"
	"github.com/ollama/ollama/version"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

// run dispatches on the two subcommands that the server needs: "serve", and
// "runner", which the server starts as a child for each loaded model.
func run(args []string) error {
	if len(args) == 0 {
		return errors.New("usage: ollama serve | ollama --version")
	}
	switch args[0] {
	case "serve":
		return serve()
	case "runner":
		return llamarunner.Execute(args[1:])
	case "--version", "-v":
		_, err := fmt.Fprintln(os.Stdout, "ollama version is", version.Version)
		return err
	default:
		return fmt.Errorf("this build of ollama has no command %q, only serve", args[0])
	}
}

// serve listens where OLLAMA_HOST says and returns when a signal ends it.
func serve() error {
	l, err := net.Listen("tcp", envconfig.Host().Host)
	if err != nil {
		return fmt.Errorf("listening on OLLAMA_HOST: %w", err)
	}
	if err := server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving: %w", err)
	}
	return nil
}
