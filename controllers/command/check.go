package command

import (
	"context"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/controllers/check"
)

// keyVariable is the environment variable with the key that a gateway is asked with: a flag would be seen by whoever lists processes.
const keyVariable = "FAIRLEAD_API_KEY"

// NewCheckCommand returns the command "check", which asks an installation whether it works.
func NewCheckCommand() *cobra.Command {
	o := check.Options{Pause: time.Second}
	var timeout time.Duration
	c := &cobra.Command{
		Use:   "check [--operator URL] [--gateway URL]",
		Short: "Ask an installation whether it works",
		Long: `Ask the operator whether it is ready, and a gateway whether it has its models and one of them answers, until everything is so or
--timeout is over. The exit status is 0 when it is. The chart's test runs this: helm test RELEASE.

The gateway is asked with the key in $` + keyVariable + `.`,
		Example: `  # Is the operator ready?
  fairlead check --operator http://fairlead.fairlead-system.svc:8081

  # Does the gateway have these models, and does the first answer?
  ` + keyVariable + `=sk-… fairlead check --gateway http://main.ai.svc:4000 --model llama3 --model coder --ask llama3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
			defer cancel()
			o.Key, o.Out = os.Getenv(keyVariable), cmd.OutOrStdout()
			return check.Run(ctx, o)
		},
	}
	f := c.Flags()
	f.StringVar(&o.Operator, "operator", "", "URL of the operator's health port")
	f.StringVar(&o.Gateway, "gateway", "", "URL of the gateway, without a path")
	f.StringSliceVar(&o.Models, "model", nil, "model that the gateway has to list; may be repeated")
	f.StringVar(&o.Ask, "ask", "", "model that has to answer a question")
	f.BoolVar(&o.Insecure, "insecure", false, "take any certificate of the gateway")
	f.DurationVar(&timeout, "timeout", 5*time.Minute, "how long to go on asking")
	return c
}
