package command

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// asCommand makes the test binary the command itself, so that tests have real processes to start, signal and kill.
const asCommand = "FAIRLEAD_TEST_AS_COMMAND"

// patience is how long a test waits for what it knows to come.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) == "" {
		os.Exit(m.Run())
	}
	root := &cobra.Command{Use: "fairlead", SilenceUsage: true, SilenceErrors: true}
	root.AddCommand(NewGatewayCommand("test"), NewRunCommand("test"))
	if err := root.Execute(); err != nil {
		fmt.Fprintln(os.Stderr, "fairlead:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// process is a command that runs.
type process struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
	ended chan error
}

// start starts a command whose lines, of both outputs, the test reads.
func start(t *testing.T, env []string, args ...string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), asCommand+"=1", "KUBECONFIG=", "XDG_STATE_HOME="+t.TempDir()), env...)
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, lines: make(chan string, 256), ended: make(chan error, 1)}
	go func() {
		defer close(p.lines)
		for scanner := bufio.NewScanner(read); scanner.Scan(); {
			p.lines <- scanner.Text()
		}
	}()
	go func() {
		p.ended <- cmd.Wait()
		_ = write.Close()
	}()
	return p
}

// line waits for a line that contains text.
func (p *process) line(text string) string {
	p.t.Helper()
	var seen []string
	deadline := time.After(patience)
	for {
		select {
		case line, open := <-p.lines:
			if !open {
				p.t.Fatalf("ended without a line with %q; its lines:\n%s", text, strings.Join(seen, "\n"))
			}
			if strings.Contains(line, text) {
				return line
			}
			seen = append(seen, line)
		case <-deadline:
			p.t.Fatalf("no line with %q within %v; its lines:\n%s", text, patience, strings.Join(seen, "\n"))
		}
	}
}

// stop sends SIGTERM and waits for a clean end.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	p.end(true)
}

// end waits for the end, which is a clean one or not.
func (p *process) end(clean bool) {
	p.t.Helper()
	select {
	case err := <-p.ended:
		if (err == nil) != clean {
			p.t.Errorf("ended with %v", err)
		}
	case <-time.After(patience):
		p.t.Errorf("did not end within %v", patience)
	}
}

// fakeUpstream answers a chat with the name of the model that it was asked for. A model called slow streams: one event, and
// the rest when the test lets it go on.
func fakeUpstream(t *testing.T) (url string, goOn chan struct{}) {
	t.Helper()
	goOn = make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Model  string `json:"model"`
			Stream bool   `json:"stream"`
		}
		if err := json.NewDecoder(r.Body).Decode(&request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		const chunk = `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":%s}]}`
		if request.Stream {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = fmt.Fprintf(w, "data: "+chunk+"\n\n", "first", "null")
			_ = http.NewResponseController(w).Flush()
			<-goOn
			_, _ = fmt.Fprintf(w, "data: "+chunk+"\n\ndata: [DONE]\n\n", "last", `"stop"`)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"I am %s"},"finish_reason":"stop"}]}`, request.Model)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1", goOn
}

// ask asks a gateway for a chat completion and returns the status and the body.
func ask(ctx context.Context, t *testing.T, base, model, key string) (int, string) {
	t.Helper()
	resp := request(ctx, t, base, fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":"who?"}]}`, model), key)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func request(ctx context.Context, t *testing.T, base, body, key string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/chat/completions", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
