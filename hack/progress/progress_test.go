package progress

import (
	"bytes"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProgressInALog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := New(&out, 2)
		if err := p.Step("building kube", func(s *Step) error {
			s.Status("812 packages")
			<-time.After(15 * time.Second)
			s.Println("installing nftables")
			<-time.After(10 * time.Second)
			s.Note("2,881 packages")
			return nil
		}); err != nil {
			t.Fatalf("Step() = %v, want nil", err)
		}
		broken := errors.New("disk full")
		if err := p.Step("starting", func(*Step) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("Step() = %v, want the error of the step", err)
		}
		_ = p.Step("one more than announced", func(*Step) error { return nil })
		p.Summary()
		want := `[1/2] building kube …
      … 812 packages, 10.0s
      installing nftables
      … 812 packages, 20.0s
[1/2] building kube: done in 25.0s (2,881 packages)
[2/2] starting …
[2/2] starting: FAILED after 0.0s
[3/3] one more than announced …
[3/3] one more than announced: done in 0.0s

  building kube               25.0s  2,881 packages
  starting                     0.0s  failed
  one more than announced      0.0s
  total                       25.0s
`
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
	})
}

func TestProgressOnATerminal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		p := New(&out, 1)
		p.terminal = true
		_ = p.Step("loading", func(*Step) error {
			<-time.After(700 * time.Millisecond)
			return nil
		})
		want := "\r\x1b[K[1/1] loading … 0.5s\r\x1b[K[1/1] loading: done in 0.7s\n"
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
	})
}

func TestDuration(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0.3s":  310 * time.Millisecond,
		"59.0s": 59 * time.Second,
		"5m09s": 5*time.Minute + 9*time.Second,
		"1h02m": 62 * time.Minute,
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}
