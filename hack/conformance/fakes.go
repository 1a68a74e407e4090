package conformance

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/fairlead-dev/fairlead/hack/progress"
)

// fakes are the running fake providers: one process, with a path for each provider.
type fakes struct {
	*process
	url string
}

// violation is a request, or a part of one, that a provider does not take.
type violation struct {
	Provider string `json:"provider"`
	Path     string `json:"path"`
	Pointer  string `json:"pointer"`
	What     string `json:"what"`
}

func (v violation) String() string {
	return strings.Join(strings.Fields(fmt.Sprintf("%s refused %s %s: %s", v.Provider, v.Path, v.Pointer, v.What)), " ")
}

// testFakes runs the tests of the providers: that the vendors' own SDKs can work with them, and that each rule refuses what breaks it.
func testFakes(ctx context.Context, p *progress.Progress, home, python string) error {
	return p.Step("testing the fake providers", func(*progress.Step) error {
		c := exec.CommandContext(ctx, python, "-W", "ignore", "-m", "unittest", "discover", "-s", "providers/tests", "-t", ".")
		c.Dir, c.Env = home, append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("testing the fake providers: %w: %s", err, out[max(0, len(out)-4000):])
		}
		return nil
	})
}

// startFakes starts the providers of the package at home, with files of their own in dir.
func startFakes(ctx context.Context, home, dir, python string) (*fakes, error) {
	ready := filepath.Join(dir, "providers.ready")
	p, err := start(ctx, "the fake providers", filepath.Join(dir, "providers.log"),
		[]string{"PYTHONPATH=" + home, "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1"},
		python, "-m", "providers", "--port", "0", "--ready-file", ready)
	if err != nil {
		return nil, err
	}
	f := &fakes{process: p}
	err = p.await(ctx, func() bool {
		content, err := os.ReadFile(ready)
		f.url = strings.TrimSpace(string(content))
		return err == nil && f.url != ""
	})
	if err != nil {
		p.stop()
		return nil, err
	}
	return f, nil
}

// clear makes the providers forget what they refused.
func (f *fakes) clear(ctx context.Context) error {
	return f.call(ctx, http.MethodDelete, nil)
}

// violations are what the providers refused since they were told to forget.
func (f *fakes) violations(ctx context.Context) ([]violation, error) {
	var all []violation
	return all, f.call(ctx, http.MethodGet, &all)
}

func (f *fakes) call(ctx context.Context, method string, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, f.url+"/violations", http.NoBody)
	if err != nil {
		return fmt.Errorf("making a request for violations: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking the fake providers for violations: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("asking the fake providers for violations: %s", answer.Status)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(answer.Body).Decode(out); err != nil {
		return fmt.Errorf("reading violations: %w", err)
	}
	return nil
}
