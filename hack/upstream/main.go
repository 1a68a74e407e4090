// Command upstream is a fake OpenAI-compatible server for tests and benchmarks in the cluster. Its answer names the model that it
// was asked for, so that a client can tell which target a request was routed to; a stream lasts as long as it is told to.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"time"
)

func main() {
	listen := flag.String("listen", ":8080", "address to listen on")
	interval := flag.Duration("interval", 50*time.Millisecond, "time between two events of a stream")
	flag.Parse()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { complete(w, r, *interval) })
	server := &http.Server{Addr: *listen, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

func complete(w http.ResponseWriter, r *http.Request, interval time.Duration) {
	var request struct {
		Model     string `json:"model"`
		Stream    bool   `json:"stream"`
		MaxTokens int    `json:"max_tokens"`
	}
	if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if request.Stream {
		stream(w, r, request.Model, request.MaxTokens, interval)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":%[1]q,"choices":[{"index":0,"message":`+
		`{"role":"assistant","content":%[1]q},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`,
		request.Model)
}

// stream sends one event for each token, then the end of the stream as OpenAI sends it.
func stream(w http.ResponseWriter, r *http.Request, model string, tokens int, interval time.Duration) {
	w.Header().Set("Content-Type", "text/event-stream")
	flusher := http.NewResponseController(w)
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	const event = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":%q,"choices":[{"index":0,"delta":%s,"finish_reason":%s}]}` + "\n\n"
	for range tokens {
		fmt.Fprintf(w, event, model, `{"role":"assistant","content":"token "}`, "null")
		if flusher.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
	fmt.Fprintf(w, event, model, `{}`, `"stop"`)
	fmt.Fprint(w, "data: [DONE]\n\n")
}
