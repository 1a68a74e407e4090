package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/fairlead-dev/fairlead/controllers/operator"
	"github.com/fairlead-dev/fairlead/controllers/stack"
)

const stackLong = `A stack is a set of Gateways, ModelProviders, ModelAliases and GatewayKeys that an installation brings along.

The chart runs these commands in its hooks. Every object carries the label ` + stack.Label + ` with the name of its stack.`

// stackFlags are the command lines of `fairlead stack`.
type stackFlags struct {
	name, namespace, folder string
	timeout                 time.Duration
}

// NewStackCommand returns the command "stack", which applies and deletes the objects that an installation brings along.
func NewStackCommand() *cobra.Command {
	f := &stackFlags{}
	c := &cobra.Command{Use: "stack", Short: "Apply or delete the objects that an installation brings along", Long: stackLong}
	flags := c.PersistentFlags()
	flags.StringVar(&f.name, "name", "", "name of the stack, which its objects carry in the label "+stack.Label)
	flags.StringVarP(&f.namespace, "namespace", "n", envOr("POD_NAMESPACE", "default"), "namespace of the stack")
	flags.DurationVar(&f.timeout, "timeout", 2*time.Minute, "how long to go on trying")
	// The library that finds the cluster reads this flag from the program's own set.
	flags.AddGoFlag(flag.Lookup("kubeconfig"))
	_ = c.MarkPersistentFlagRequired("name")

	apply := &cobra.Command{
		Use:     "apply -f FOLDER --name NAME",
		Short:   "Make the cluster hold exactly the stack of the manifests in a folder",
		Example: "  fairlead stack apply -f config/stack -n ai --name demo",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, func(ctx context.Context, s *stack.Stack) error {
				objects, err := stack.Read(os.DirFS(f.folder), f.namespace)
				if err != nil {
					return err
				}
				return s.Apply(ctx, objects)
			})
		},
	}
	apply.Flags().StringVarP(&f.folder, "filename", "f", "", "folder with the manifests, *.yaml")
	_ = apply.MarkFlagRequired("filename")
	remove := &cobra.Command{
		Use:   "delete --name NAME",
		Short: "Delete a stack, and wait until it is gone",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, func(ctx context.Context, s *stack.Stack) error { return s.Delete(ctx) })
		},
	}
	c.AddCommand(apply, remove)
	return c
}

// run does work on the stack of the flags, within their time.
func (f *stackFlags) run(cmd *cobra.Command, work func(context.Context, *stack.Stack) error) error {
	if problems := validation.IsValidLabelValue(f.name); f.name == "" || len(problems) > 0 {
		return fmt.Errorf("reading --name: expected the value of a label, found %q", f.name)
	}
	cluster, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	c, err := client.New(cluster, client.Options{Scheme: operator.NewScheme()})
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctrl.SetupSignalHandler(), f.timeout, errors.New("--timeout is over"))
	defer cancel()
	return work(ctx, &stack.Stack{
		Client: client.WithFieldValidation(c, metav1.FieldValidationStrict), Name: f.name, Namespace: f.namespace, Report: cmd.OutOrStdout(),
	})
}
