// Package check asks an installation whether it works, as an application would: by HTTP, with no right at the API server.
package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// Options say what is asked.
type Options struct {
	// Operator is the URL of the operator's health port; it is not asked where it is empty.
	Operator string
	// Gateway is the URL of a gateway without a path, `http://main.ai.svc:4000`; it is not asked where it is empty.
	Gateway string
	// Key is what the gateway is asked with. It is in no output.
	Key string
	// Models that the gateway has to list.
	Models []string
	// Ask is the model that has to answer a question; none where it is empty.
	Ask string
	// Insecure takes any certificate: that of a gateway is seldom for the name that it has inside the cluster.
	Insecure bool
	// Pause between two attempts.
	Pause time.Duration
	// Out gets a line for each check that passes, and for each new reason why one does not yet.
	Out io.Writer
}

// step is one check.
type step struct {
	title string
	// ask returns what was found, for the reader.
	ask func(context.Context) (string, error)
}

// Run asks until everything is as it should be, or ctx ends; the error is the last reason why not then.
func Run(ctx context.Context, o Options) error {
	transport := &http.Transport{Proxy: nil, DisableKeepAlives: true}
	if o.Insecure {
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	}
	steps := o.steps(&client{http: &http.Client{Transport: transport}, Options: o})
	if len(steps) == 0 {
		return errors.New("expected an operator or a gateway to ask, found neither")
	}
	for _, s := range steps {
		if err := o.await(ctx, s); err != nil {
			return fmt.Errorf("checking that %s: %w", s.title, err)
		}
	}
	return nil
}

func (o Options) steps(c *client) []step {
	var steps []step
	if o.Operator != "" {
		steps = append(steps, step{"the operator is ready", c.operator})
	}
	if o.Gateway != "" {
		steps = append(steps, step{"the gateway lists its models", c.models})
	}
	if o.Gateway != "" && o.Ask != "" {
		steps = append(steps, step{"model " + o.Ask + " answers", c.answer})
	}
	return steps
}

// await repeats a check until it passes. A reason is told when it is another than before.
func (o Options) await(ctx context.Context, s step) error {
	var last error
	for {
		found, err := s.ask(ctx)
		if err == nil {
			_, _ = fmt.Fprintf(o.Out, "ok    %s: %s\n", s.title, found)
			return nil
		}
		if ctx.Err() != nil {
			if last == nil {
				last = err
			}
			return last
		}
		if last == nil || last.Error() != err.Error() {
			_, _ = fmt.Fprintf(o.Out, "wait  %s: not yet: %v\n", s.title, err)
		}
		last = err
		select {
		case <-ctx.Done():
			return last
		case <-time.After(o.Pause):
		}
	}
}
