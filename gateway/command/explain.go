package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/gateway/explain"
)

const (
	// explainTimeout bounds the whole question.
	explainTimeout = 10 * time.Second
	// explainMost bounds the answer.
	explainMost = 4 << 20
)

// explainFlags are the command line of `fairlead explain`.
type explainFlags struct {
	model, key, user string
	targets          []string
	admin            string
	output           string
}

// NewExplainCommand returns `fairlead explain`: what a gateway would do with a request, and why.
func NewExplainCommand() *cobra.Command {
	var f explainFlags
	c := &cobra.Command{
		Use:   "explain --model MODEL",
		Short: "Say what a gateway would do with a request, and why",
		Long: `Say what a gateway would do with a request that came now: which target it would be sent to and why, what would be tried next,
what is out and until when, which limits apply and what is left of them, which budgets and what of them is spent, and what
is known of price, cache and retries. Nothing is sent to any model, and nothing counts against any limit.

It asks the admin port of one gateway that runs, which is not meant to be reached from outside. What a replica knows of the
health of targets is its own: another may see them otherwise.

A key is named by its GatewayKey as NAMESPACE/NAME, or by its ID, never by the key itself. Without --key the master key asks.`,
		Example: `  # A gateway of ` + "`fairlead run`" + ` on this machine:
  fairlead explain --model chat

  # In a cluster, in one of the Pods of the Gateway ai/main:
  kubectl exec -n ai deploy/main -- /fairlead explain --model chat --key team-a/ci

  # Or from here:
  kubectl port-forward -n ai deploy/main 4001 &
  fairlead explain --model chat --key team-a/ci -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runExplain(cmd.Context(), &f, cmd.OutOrStdout())
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.model, "model", "", "the model, as a client would name it")
	flags.StringVar(&f.key, "key", "", "the key that would ask: its GatewayKey as NAMESPACE/NAME, or its ID; the master key when not given")
	flags.StringVar(&f.user, "user", "", "the end user that it would ask for; the owner of the key when not given")
	flags.StringSliceVar(&f.targets, "targets", nil, "targets that the client would choose with x-fairlead-targets")
	flags.StringVar(&f.admin, "admin", "http://127.0.0.1:4001", "the admin port of the gateway")
	flags.StringVarP(&f.output, "output", "o", "text", "text or json")
	_ = c.MarkFlagRequired("model")
	return c
}

func runExplain(ctx context.Context, f *explainFlags, out io.Writer) error {
	if f.output != "text" && f.output != "json" {
		return fmt.Errorf("reading --output: expected text or json, found %q", f.output)
	}
	ctx, cancel := context.WithTimeout(ctx, explainTimeout)
	defer cancel()
	body, err := f.ask(ctx)
	if err != nil {
		return err
	}
	if f.output == "json" {
		_, err := out.Write(append(body, '\n'))
		return err
	}
	var e explain.Explanation
	if err := json.Unmarshal(body, &e); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", f.admin, err)
	}
	return e.WriteText(out)
}

// ask returns the answer of the admin port.
func (f *explainFlags) ask(ctx context.Context) ([]byte, error) {
	at, err := f.url()
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return nil, fmt.Errorf("reading --admin: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the gateway (--admin): %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, explainMost))
	if err != nil {
		return nil, fmt.Errorf("reading the answer of %s: %w", f.admin, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, refusal(resp, body)
	}
	return body, nil
}

func (f *explainFlags) url() (string, error) {
	base, err := url.Parse(f.admin)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return "", fmt.Errorf("reading --admin: expected a URL such as http://127.0.0.1:4001, found %q", f.admin)
	}
	query := url.Values{"model": {f.model}}
	for name, value := range map[string]string{"key": f.key, "user": f.user, "targets": strings.Join(f.targets, ",")} {
		if value != "" {
			query.Set(name, value)
		}
	}
	at := base.JoinPath("admin", "explain")
	at.RawQuery = query.Encode()
	return at.String(), nil
}

// refusal is what the gateway says instead of an answer.
func refusal(resp *http.Response, body []byte) error {
	var doc struct{ Error struct{ Message string } }
	if err := json.Unmarshal(body, &doc); err != nil || doc.Error.Message == "" {
		return fmt.Errorf("asking the gateway: expected an explanation, found the status %s; is --admin its admin port?", resp.Status)
	}
	return errors.New(doc.Error.Message)
}
