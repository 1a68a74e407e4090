package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/fairlead-dev/fairlead/hack/progress"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// ask puts one question to each alias, at the address that the gateway's status gives.
func (d *Demo) ask(ctx context.Context, step *progress.Step) error {
	dial, err := d.Site.Reach(ctx)
	if err != nil {
		return err
	}
	if d.stack, err = stack.Connect(d.Site.Kubeconfig(), dial); err != nil {
		return err
	}
	if d.client, err = d.stack.NewClient(ctx); err != nil {
		return err
	}
	step.Println("POST %s/chat/completions", d.client.BaseURL)
	for _, alias := range aliases {
		began := time.Now()
		answer, err := d.client.Ask(ctx, alias, "Who are you?")
		if err != nil {
			return err
		}
		step.Println("%-6s answered in %s: %q", alias, progress.Duration(time.Since(began)), answer)
	}
	return nil
}

// change points the alias llama3 at the other model while requests are running, waits until it is programmed, and checks that the
// very next request is answered by the new target and that not one request failed. Then it changes the alias back.
func (d *Demo) change(ctx context.Context, step *progress.Step) error {
	const alias, original, other = "llama3", "llama3.2:3b", "qwen2.5-coder:1.5b"
	before, err := d.client.Ask(ctx, alias, "Who are you?")
	if err != nil {
		return err
	}
	load := &stack.Load{Client: d.client, Model: alias, Rate: 20, Workers: 8, StreamModel: "coder", Streams: 1, StreamTokens: 64}
	finish := load.Start(ctx)
	pause(ctx, loadTime)
	took, after, err := d.retarget(ctx, alias, other)
	pause(ctx, loadTime)
	result := finish()
	if err != nil {
		return err
	}
	step.Println("kubectl patch modelalias/%s: %s -> %s; Programmed after %d ms", alias, original, other, took.Milliseconds())
	step.Println("the next request was answered by the new target: %q", after)
	step.Println("meanwhile: %s", result)
	if result.Failed > 0 {
		return fmt.Errorf("requests failed during the change: %v", result.Failures)
	}
	if after == before {
		return fmt.Errorf("the request after Programmed was still answered by the old target: %q", after)
	}
	_, _, err = d.retarget(ctx, alias, original)
	return err
}

// loadTime is how long the load runs before and after the change.
const loadTime = 2 * time.Second

// pause lets time pass.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// retarget changes an alias, waits until it is programmed, and returns how long that took and what the very next request is answered.
func (d *Demo) retarget(ctx context.Context, alias, model string) (time.Duration, string, error) {
	began := time.Now()
	generation, err := d.stack.Retarget(ctx, alias, model)
	if err != nil {
		return 0, "", err
	}
	if err := d.stack.AwaitProgrammed(ctx, alias, generation, time.Minute); err != nil {
		return 0, "", err
	}
	took := time.Since(began)
	answer, err := d.client.Ask(ctx, alias, "Who are you?")
	return took, answer, err
}
